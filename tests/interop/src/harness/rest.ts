import type { Connection, MediaEvent, MediaOverview, PublishedStream, SubscriptionWhyList } from '@maru/signaling/rest';

/** The REST API of a server under test, with its key. */
export class Rest {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** Everybody in a session, by the name that they gave themselves. */
  async people(session: string): Promise<Map<string, Connection>> {
    const { items } = await this.get<{ items: Connection[] }>(`/v1/sessions/${session}/connections`);
    return new Map(items.flatMap((one) => (one.state === 'joined' ? [[nameOf(one), one] as const] : [])));
  }

  /** What a connection gets of everybody, and why. */
  async why(session: string, connection: string): Promise<SubscriptionWhyList['items']> {
    const { items } = await this.get<SubscriptionWhyList>(`/v1/sessions/${session}/connections/${connection}/subscriptions`);
    return items;
  }

  /** The same of one stream. */
  async whyOf(session: string, connection: string, stream: string): Promise<SubscriptionWhyList['items']> {
    const path = `/v1/sessions/${session}/connections/${connection}/subscriptions/${stream}/why`;
    return (await this.get<SubscriptionWhyList>(path)).items;
  }

  /** What happened to the media of a connection, the oldest first. */
  async events(session: string, connection: string): Promise<MediaEvent[]> {
    return (await this.get<{ items: MediaEvent[] }>(`/v1/sessions/${session}/connections/${connection}/events`)).items;
  }

  /** Everything that is published in a session. */
  async streams(session: string): Promise<PublishedStream[]> {
    return (await this.get<{ items: PublishedStream[] }>(`/v1/sessions/${session}/streams`)).items;
  }

  media(): Promise<MediaOverview> {
    return this.get<MediaOverview>('/v1/media');
  }

  private async get<Answer>(path: string): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${this.key}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer; // the server's own types
  }
}

function nameOf({ id, metadata }: Connection): string {
  const { name } = (metadata ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name : id;
}

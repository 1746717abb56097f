import { validate } from '@maru/signaling';
import { MediaEventList, MediaOverview, SubscriptionWhyList } from '@maru/signaling/rest';
import type { Asked, OverviewSource } from '../operator/operator-page.js';

/** Why the page is locked again: by the names of its texts. */
export type MediaRefusal = 'wrongKey' | 'noMedia';

/** The REST API of the server, with one of its keys. */
export class MediaSource implements OverviewSource<MediaOverview, MediaRefusal> {
  constructor(private readonly key: string) {}

  async overview(): Promise<Asked<MediaOverview, MediaRefusal>> {
    const response = await this.ask('/v1/media').catch(() => undefined);
    if (response?.status === 401) return { type: 'refused', why: 'wrongKey' };
    if (response?.status === 503) return { type: 'refused', why: 'noMedia' };
    if (!response?.ok) return { type: 'unreachable' };
    const checked = validate(MediaOverview, await response.json().catch(() => undefined));
    return checked.ok ? { type: 'overview', overview: checked.value } : { type: 'unreachable' };
  }

  /** What happened to the media of a connection; empty when it is not there any more. */
  async events(session: string, connection: string): Promise<MediaEventList['items']> {
    const response = await this.ask(`${pathOf(session, connection)}/events`).catch(() => undefined);
    const checked = response?.ok ? validate(MediaEventList, await response.json().catch(() => undefined)) : undefined;
    return checked?.ok ? checked.value.items : [];
  }

  /** What a connection gets of whom, and why; empty when it is not there any more. */
  async whys(session: string, connection: string): Promise<SubscriptionWhyList['items']> {
    const response = await this.ask(`${pathOf(session, connection)}/subscriptions`).catch(() => undefined);
    const checked = response?.ok ? validate(SubscriptionWhyList, await response.json().catch(() => undefined)) : undefined;
    return checked?.ok ? checked.value.items : [];
  }

  private ask(path: string): Promise<Response> {
    return fetch(path, { cache: 'no-store', headers: { authorization: `Bearer ${this.key}` } });
  }
}

const pathOf = (session: string, connection: string): string =>
  `/v1/sessions/${encodeURIComponent(session)}/connections/${encodeURIComponent(connection)}`;

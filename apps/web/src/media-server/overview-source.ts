import { validate } from '@maru/signaling';
import { MediaEventList, MediaOverview } from '@maru/signaling/rest';

/** What came of asking. */
export type Asked =
  | { readonly type: 'overview'; readonly overview: MediaOverview }
  | { readonly type: 'wrong-key' }
  /** The server runs no media server. */
  | { readonly type: 'no-media' }
  | { readonly type: 'unreachable' };

/** The REST API of the server, with one of its keys. */
export class MediaSource {
  constructor(private readonly key: string) {}

  async overview(): Promise<Asked> {
    const response = await this.ask('/v1/media').catch(() => undefined);
    if (response?.status === 401) return { type: 'wrong-key' };
    if (response?.status === 503) return { type: 'no-media' };
    if (!response?.ok) return { type: 'unreachable' };
    const checked = validate(MediaOverview, await response.json().catch(() => undefined));
    return checked.ok ? { type: 'overview', overview: checked.value } : { type: 'unreachable' };
  }

  /** What happened to the media of a connection; empty when it is not there any more. */
  async events(session: string, connection: string): Promise<MediaEventList['items']> {
    const path = `/v1/sessions/${encodeURIComponent(session)}/connections/${encodeURIComponent(connection)}/events`;
    const response = await this.ask(path).catch(() => undefined);
    const checked = response?.ok ? validate(MediaEventList, await response.json().catch(() => undefined)) : undefined;
    return checked?.ok ? checked.value.items : [];
  }

  private ask(path: string): Promise<Response> {
    return fetch(path, { cache: 'no-store', headers: { authorization: `Bearer ${this.key}` } });
  }
}

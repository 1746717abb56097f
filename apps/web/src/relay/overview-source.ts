import { validate } from '@maru/signaling';
import { TurnOverview } from '@maru/signaling/turn';

/** What came of asking. */
export type Asked =
  | { readonly type: 'overview'; readonly overview: TurnOverview }
  | { readonly type: 'wrong-key' }
  | { readonly type: 'locked-out' }
  /** The server cannot be reached, or is another one. */
  | { readonly type: 'unreachable' };

/** The admin API, with one key. */
export class OverviewSource {
  constructor(private readonly key: string) {}

  async overview(): Promise<Asked> {
    const response = await this.ask('GET', '/api/overview').catch(() => undefined);
    if (response?.status === 401) return { type: 'wrong-key' };
    if (response?.status === 429) return { type: 'locked-out' };
    if (!response?.ok) return { type: 'unreachable' };
    const checked = validate(TurnOverview, await response.json().catch(() => undefined));
    return checked.ok ? { type: 'overview', overview: checked.value } : { type: 'unreachable' };
  }

  /** Whether it was done. */
  async endAllocation(id: number): Promise<boolean> {
    return this.isDone('DELETE', `/api/allocations/${id}`);
  }

  async setDraining(draining: boolean): Promise<boolean> {
    return this.isDone('POST', '/api/drain', { draining });
  }

  /** Undefined: the configuration is wrong, or the server cannot be reached. */
  async reload(): Promise<{ readonly needsRestart: readonly string[] } | undefined> {
    const response = await this.ask('POST', '/api/reload').catch(() => undefined);
    return response?.ok ? ((await response.json()) as { needsRestart: string[] }) : undefined;
  }

  private async isDone(method: string, path: string, body?: object): Promise<boolean> {
    const response = await this.ask(method, path, body).catch(() => undefined);
    return response?.ok === true;
  }

  private ask(method: string, path: string, body?: object): Promise<Response> {
    return fetch(path, {
      method,
      cache: 'no-store',
      headers: { authorization: `Bearer ${this.key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}

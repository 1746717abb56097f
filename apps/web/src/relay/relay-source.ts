import { validate } from '@maru/signaling';
import { TurnOverview } from '@maru/signaling/turn';
import type { Asked, OverviewSource } from '../operator/operator-page.js';

/** Why the page is locked again: by the names of its texts. */
export type RelayRefusal = 'wrongKey' | 'lockedOut';

/** The admin API, with one key. */
export class RelaySource implements OverviewSource<TurnOverview, RelayRefusal> {
  constructor(private readonly key: string) {}

  async overview(): Promise<Asked<TurnOverview, RelayRefusal>> {
    const response = await this.ask('GET', '/api/overview').catch(() => undefined);
    if (response?.status === 401) return { type: 'refused', why: 'wrongKey' };
    if (response?.status === 429) return { type: 'refused', why: 'lockedOut' };
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

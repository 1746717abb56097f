import {
  DEFAULT_LIMITS,
  type RunningServer,
  type ServerConfig,
  type ServerLimits,
  type ServerWorld,
  startServer,
} from '../index.js';
import { TestClient } from './test-client.js';

/** A server on a free port of this machine, and a way to call its REST API with its key. */
export class TestServer {
  private constructor(readonly running: RunningServer) {}

  static async start(config: Partial<ServerConfig> = {}, world: Partial<ServerWorld> = {}): Promise<TestServer> {
    return new TestServer(await startServer({ port: 0, host: '127.0.0.1', media: null, ...config }, world));
  }

  get base(): string {
    return `http://127.0.0.1:${this.running.port}`;
  }

  close(): Promise<void> {
    return this.running.close();
  }

  /** Calls the REST API; `body` as JSON. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers }> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        authorization: `Bearer ${this.running.apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text ? (JSON.parse(text) as Record<string, unknown>) : {},
      headers: response.headers,
    };
  }

  async createSession(spec: object = {}): Promise<string> {
    return (await this.call('POST', '/v1/sessions', spec)).body['id'] as string;
  }

  /** Reserves a seat; the client has not said hello yet. */
  async seat(session: string, spec: object = {}): Promise<TestClient> {
    const { body } = await this.call('POST', `/v1/sessions/${session}/connections`, spec);
    return new TestClient(this.base, body['token'] as string);
  }
}

/** The default limits with some parts changed. */
export const limitsWith = (change: { readonly [Part in keyof ServerLimits]?: Partial<ServerLimits[Part]> }): ServerLimits => {
  const merged: Record<string, unknown> = { ...DEFAULT_LIMITS };
  for (const [part, value] of Object.entries(change)) {
    merged[part] = typeof value === 'object' ? { ...(merged[part] as object), ...value } : value;
  }
  return merged as unknown as ServerLimits;
};

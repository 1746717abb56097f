import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { Problem, parseJson, validate } from '@maru/signaling';
import { CreatedConnection, Session } from '@maru/signaling/rest';
import { SessionError } from '../session/hall-link.js';

const ANSWER_MS = 15_000;

/** What `maru load` asks of the REST API. Rejects with a {@link SessionError} when it is refused. */
export class LoadApi {
  constructor(
    private readonly server: URL,
    private readonly apiKey: string,
    private readonly ca: string | undefined,
  ) {}

  /** A session that forwards, with room for `connections`. */
  async createSession(connections: number): Promise<string> {
    const body = { mode: 'sfu', metadata: { kind: 'load' }, limits: { connections }, emptyTimeoutMs: 60_000 };
    const session = validate(Session, await this.call('POST', '/v1/sessions', body));
    if (!session.ok) throw new SessionError('signaling/protocol', 'the server does not answer as a Maru server does');
    return session.value.id;
  }

  async token(session: string, role: 'publisher' | 'subscriber'): Promise<string> {
    const created = validate(CreatedConnection, await this.call('POST', `/v1/sessions/${session}/connections`, { role }));
    if (!created.ok) throw new SessionError('signaling/protocol', 'the server does not answer as a Maru server does');
    return created.value.token;
  }

  async closeSession(session: string): Promise<void> {
    await this.call('DELETE', `/v1/sessions/${session}`);
  }

  private call(method: string, path: string, body?: object): Promise<unknown> {
    const url = new URL(path, this.server);
    const request = url.protocol === 'https:' ? requestSecure : requestPlain;
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.apiKey}`,
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    const { ca } = this;
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { method, headers, timeout: ANSWER_MS, ...(ca && { ca }) }, (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (answer += part));
        response.on('error', reject);
        response.on('end', () => {
          const json = parseJson(answer);
          const value = json.ok ? json.value : undefined;
          const problem = validate(Problem, value);
          if ((response.statusCode ?? 0) < 400) resolve(value);
          else if (problem.ok) reject(new SessionError(problem.value.code, problem.value.detail));
          else reject(new SessionError('signaling/protocol', `${url.host} answered ${response.statusCode}`));
        });
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ANSWER_MS / 1_000} s`)));
      outgoing.on('error', (error) =>
        reject(new SessionError('signaling/unreachable', `${url.host} cannot be reached: ${error.message}`)),
      );
      outgoing.end(text);
    });
  }
}

import { readFileSync } from 'node:fs';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { APP_PATHS, JoinHallResponse, Problem, parseJson, validate } from '@maru/signaling';

/** Why there is no seat, in a sentence for people, with the server's code where it said one. */
export class SessionError extends Error {
  override readonly name = 'SessionError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** A link as the web app makes it: the server and the hall. */
export interface HallLink {
  readonly server: URL;
  readonly hall: string;
}

const HALL_PATH = /^\/h\/([^/]+)\/?$/;
const ANSWER_BYTES = 64 * 1024;
const ANSWER_MS = 10_000;

/** Reads `https://maru.example/h/moon-8kd2`; undefined for what is no such link. */
export function parseHallLink(text: string): HallLink | undefined {
  let url: URL;
  let hall: string | undefined;
  try {
    url = new URL(text.includes('://') ? text : `https://${text}`);
    hall = HALL_PATH.exec(url.pathname)?.[1];
    hall &&= decodeURIComponent(hall);
  } catch {
    return undefined; // neither is of a form to be mended
  }
  if (hall === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  return { server: new URL('/', url), hall };
}

/** Certificates to trust beside those that Node.js knows; undefined for none. */
export function authorityOf(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}

/** Asks the web app's back end for a seat, as the web app does. Rejects with a {@link SessionError}. */
export async function askForSeat({ server, hall }: HallLink, name: string, ca: string | undefined): Promise<JoinHallResponse> {
  const { status, body } = await post(new URL(APP_PATHS.join(hall), server), JSON.stringify({ name }), ca);
  const answer = parseJson(body);
  const json = answer.ok ? answer.value : undefined;
  const problem = validate(Problem, json);
  if (status >= 400 && problem.ok) throw new SessionError(problem.value.code, problem.value.detail);
  const seat = validate(JoinHallResponse, json);
  if (!seat.ok) throw new SessionError('signaling/protocol', `${server.host} answered ${status}, and not as a Maru server does`);
  return seat.value;
}

function post(url: URL, text: string, ca: string | undefined): Promise<{ status: number; body: string }> {
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), accept: 'application/json' };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers, timeout: ANSWER_MS, ...(ca && { ca }) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
        if (body.length > ANSWER_BYTES) response.destroy(new Error('its answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ANSWER_MS / 1_000} s`)));
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      reject(new SessionError('signaling/unreachable', reasonOf(url, error))),
    );
    outgoing.end(text);
  });
}

/** What people can do about it. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no server listens there. Is it running?',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up. Is this machine online?',
  ECONNRESET: 'it hung up. Does its link begin with the other of http:// and https://?',
  EPROTO: 'it does not speak TLS. Does its link begin with http://?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS. Does its link begin with http://?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS. Does its link begin with http://?',
};

function reasonOf(url: URL, { code = '', message }: NodeJS.ErrnoException): string {
  const isOwnAuthority = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code);
  if (!isOwnAuthority) return `${url.host} cannot be reached: ${REASONS[code] ?? (message || code)}`;
  return `${url.host} has a certificate of an authority of its own. Get it from ${url.origin}${APP_PATHS.certificate}, compare it with the server's, and give it as --ca FILE.`;
}

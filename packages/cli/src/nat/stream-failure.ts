import type { ServerReport } from './report.js';

/** What a connection that could not be opened says to the person. */
export function streamFailure(error: unknown): Pick<ServerReport, 'outcome' | 'detail'> {
  const detail = error instanceof Error ? error.message : String(error);
  const isTls =
    /certificate|self-signed|TLS|SSL|altname/i.test(detail) &&
    !/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|no answer within/.test(detail);
  return { outcome: isTls ? 'tls-failed' : 'no-answer', detail };
}

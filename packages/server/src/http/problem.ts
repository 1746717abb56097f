import type { ErrorCode, Problem } from '@maru/signaling';
import type { Refusal } from '../domain/index.js';

/** Status and title of each code over HTTP; codes that are not here mean 400. */
const STATUS: Partial<Record<ErrorCode, readonly [number, string]>> = {
  'request/too-large': [413, 'Too large'],
  'request/too-many': [429, 'Too many requests'],
  'request/not-found': [404, 'Not found'],
  'request/method-not-allowed': [405, 'Method not allowed'],
  'request/unsupported-media-type': [415, 'Unsupported media type'],
  'request/idempotency-conflict': [409, 'Idempotency conflict'],
  'request/unavailable': [503, 'Unavailable'],
  'request/internal': [500, 'Internal error'],
  'request/invalid': [422, 'Invalid request'],
  'origin/forbidden': [403, 'Origin not allowed'],
  'key/missing': [401, 'API key missing'],
  'key/invalid': [401, 'API key not valid'],
  'token/invalid': [401, 'Token not valid'],
  'token/expired': [401, 'Token expired'],
  'token/already-used': [409, 'Token already used'],
  'token/revoked': [401, 'Token revoked'],
  'session/not-found': [404, 'Session not found'],
  'session/exists': [409, 'Session exists'],
  'session/full': [409, 'Session full'],
  'session/limit': [429, 'Too many sessions'],
  'session/ended': [410, 'Session ended'],
  'session/mode-unavailable': [422, 'Mode not available'],
  'connection/not-found': [404, 'Connection not found'],
  'connection/forbidden': [403, 'Not allowed'],
  'connection/gone': [410, 'Connection gone'],
  'stream/not-found': [404, 'Stream not found'],
  'stream/exists': [409, 'Stream exists'],
  'channel/not-found': [404, 'Channel not found'],
  'media/unavailable': [503, 'No media server'],
  'server/restarting': [503, 'Restarting'],
};

const DEFAULT_STATUS = [400, 'Bad request'] as const;

/** A refusal on its way to an HTTP response. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    readonly field?: string,
    readonly retryAfterMs?: number,
  ) {
    super(detail);
  }

  static of({ code, detail, field }: Refusal): ProblemError {
    return new ProblemError(code, detail, field);
  }

  get status(): number {
    return (STATUS[this.code] ?? DEFAULT_STATUS)[0];
  }

  /** The body of the response (RFC 9457). */
  toProblem(): Problem {
    const [status, title] = STATUS[this.code] ?? DEFAULT_STATUS;
    return {
      type: `/docs#${this.code.replace('/', '-')}`,
      title,
      status,
      code: this.code,
      detail: this.detail,
      ...(this.field !== undefined && this.field !== '' && { field: this.field }),
      ...(this.retryAfterMs !== undefined && { retryAfterMs: this.retryAfterMs }),
    };
  }
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

import { createHash, timingSafeEqual } from 'node:crypto';
import { ProblemError } from './problem.js';

/** Shortest key that an operator may set: a guess a nanosecond would take longer than the universe has. */
export const MIN_KEY_CHARS = 24;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The keys with which applications call. Only digests are held, and comparing takes the same time whatever is given. */
export class ApiKeys {
  private readonly digests: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.digests = keys.map(digest);
  }

  /** Throws the problem unless `authorization` is `Bearer` and one of the keys. */
  require(authorization: string | undefined): void {
    const match = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization ?? '');
    if (!match) throw new ProblemError('key/missing', 'Send an API key as "Authorization: Bearer KEY".');
    if (!this.isKey(match[1]!)) throw new ProblemError('key/invalid', 'The API key is not one of this server.');
  }

  isKey(text: string): boolean {
    const given = digest(text);
    let found = false;
    for (const known of this.digests) found = timingSafeEqual(known, given) || found;
    return found;
  }
}

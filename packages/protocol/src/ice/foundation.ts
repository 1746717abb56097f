import type { CandidateProtocol, CandidateType } from './candidate.js';

/**
 * Gives out foundations: one for each combination of type, base address, protocol and server (RFC 8445 §5.1.1.3). They are
 * counted, not hashed: a hash of a private address would tell it.
 */
export class FoundationTable {
  /** At its number less one. There are few: an array is smaller than a map, and every connection has one. */
  private readonly keys: string[] = [];

  of(type: CandidateType, baseAddress: string, protocol: CandidateProtocol, server: string | undefined): string {
    const key = `${type} ${baseAddress} ${protocol} ${server ?? ''}`;
    const at = this.keys.indexOf(key);
    return String(at < 0 ? this.keys.push(key) : at + 1);
  }
}

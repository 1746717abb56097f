import type { CandidateProtocol, CandidateType } from './candidate.js';

/**
 * Gives out foundations: one for each combination of type, base address, protocol and server (RFC 8445 §5.1.1.3). They are
 * counted, not hashed: a hash of a private address would tell it.
 */
export class FoundationTable {
  private readonly byKey = new Map<string, string>();

  of(type: CandidateType, baseAddress: string, protocol: CandidateProtocol, server: string | undefined): string {
    const key = `${type} ${baseAddress} ${protocol} ${server ?? ''}`;
    let foundation = this.byKey.get(key);
    if (foundation === undefined) {
      foundation = String(this.byKey.size + 1);
      this.byKey.set(key, foundation);
    }
    return foundation;
  }
}

import { assertNever, type CryptoProvider, Malformed } from '../core/index.js';
import { Alert } from './alert.js';
import type { DtlsFailure, DtlsFailureCode } from './events.js';
import { type Fingerprint, judgeFingerprints } from './fingerprint.js';
import { readCertificate, type X509Certificate } from './x509/certificate.js';

/** What the owner has said about the peer's certificate so far. */
type Statement =
  | { readonly name: 'nothing' }
  | { readonly name: 'fingerprints'; readonly expected: readonly Fingerprint[] }
  | { readonly name: 'verdict'; readonly verdict: 'accept' | 'reject' };

/** Brings together what the peer proved and what the owner vouches for, in whichever order they come (RFC 8827 §6.5). */
export class PeerApproval {
  private statement: Statement = { name: 'nothing' };
  /** In DER: what is in them is read again by who asks, which is seldom. */
  private proved: readonly Uint8Array[] = [];

  constructor(private readonly crypto: CryptoProvider) {}

  /** The chain whose first key the peer has proved to own; empty before. */
  get chain(): readonly X509Certificate[] {
    return this.proved.map(readCertificate).filter((read): read is X509Certificate => !(read instanceof Malformed));
  }

  expect(fingerprints: readonly Fingerprint[]): void {
    this.statement = { name: 'fingerprints', expected: [...fingerprints] };
  }

  judge(verdict: 'accept' | 'reject'): void {
    this.statement = { name: 'verdict', verdict };
  }

  prove(chain: readonly X509Certificate[]): void {
    this.proved = chain.map(({ der }) => der);
  }

  /** Whether the peer is who it should be; a failure if it is not; `pending` while either half is missing. */
  get outcome(): 'pending' | 'approved' | DtlsFailure {
    const [certificate] = this.proved;
    const { statement } = this;
    if (!certificate || statement.name === 'nothing') return 'pending';
    const verdict =
      statement.name === 'verdict' ? statement.verdict : judgeFingerprints(this.crypto, statement.expected, certificate);
    switch (verdict) {
      case 'accept':
      case 'match':
        return 'approved';
      case 'reject':
        return failure('dtls/peer-rejected', "the owner rejected the peer's certificate");
      case 'mismatch':
        return failure('dtls/fingerprint-mismatch', "the peer's certificate has another fingerprint than was signaled");
      case 'no-usable-fingerprint':
        return failure('dtls/no-usable-fingerprint', 'no fingerprint by SHA-256 or better was signaled');
      default:
        return assertNever(verdict);
    }
  }
}

function failure(code: DtlsFailureCode, message: string): DtlsFailure {
  return { code, message, sentAlert: Alert.badCertificate };
}

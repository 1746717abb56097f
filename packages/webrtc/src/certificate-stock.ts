import type { GeneratedCertificate } from '@maru/node';

/** A certificate made so long ago would outlive its connection by less than it says: a new one takes its place. */
const MAX_AGE_MS = 24 * 3_600_000;

/** How certificates are made: at once, or on a thread of its own. */
export interface CertificateMaker {
  now(): GeneratedCertificate;
  ahead(): Promise<GeneratedCertificate>;
  wallNow(): number;
  /** Runs `task` a moment later, unless the process ends before. */
  later(task: () => void): void;
}

/**
 * Keeps one certificate ready, so that a connection need not wait for its keys. Each is given out once. Nothing is made
 * before the first connection: it makes its own, and the next one's is made when that is under way, its key on a thread of Node's pool.
 */
export class CertificateStock {
  private ready: { readonly certificate: GeneratedCertificate; readonly madeAtMs: number } | undefined;
  private isMaking = false;

  constructor(private readonly maker: CertificateMaker) {}

  take(): GeneratedCertificate {
    const { ready } = this;
    this.ready = undefined;
    this.refill();
    if (ready && this.maker.wallNow() - ready.madeAtMs < MAX_AGE_MS) return ready.certificate;
    return this.maker.now();
  }

  private refill(): void {
    if (this.isMaking) return;
    this.isMaking = true;
    this.maker.later(() => this.make());
  }

  private make(): void {
    this.maker
      .ahead()
      .then(
        (certificate) => {
          this.ready = { certificate, madeAtMs: this.maker.wallNow() };
        },
        () => undefined, // take() makes one itself, and throws what there is to throw
      )
      .finally(() => {
        this.isMaking = false;
      });
  }
}

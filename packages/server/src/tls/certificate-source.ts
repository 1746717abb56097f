import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '@maru/protocol/core';
import { ConfigError } from '../config/config-error.js';
import type { ServerLog } from '../log/log.js';
import { errorFields } from '../log/log.js';
import type { OwnAuthority, TlsFiles, TlsNames } from './authority.js';

/** How often the operator's files, or this machine's addresses, are looked at again. */
const LOOK_MS = 30_000;

export interface CertificateContext {
  readonly clock: Clock;
  readonly log: ServerLog;
  /** The operator's own files; absent: the server's own authority is used. */
  readonly files: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly authority: OwnAuthority;
  readonly names: () => TlsNames;
}

/** The certificate in use, and its successor when the files or the addresses change. */
export class CertificateSource {
  private cancel: (() => void) | undefined;
  private seen = '';
  private stopped = false;

  constructor(private readonly context: CertificateContext) {}

  /** The certificate to begin with. Throws a {@link ConfigError} when the operator's files are no use. */
  async load(): Promise<TlsFiles> {
    this.seen = this.fingerprint();
    const { files, authority, names } = this.context;
    return files ? readFiles(files.certFile, files.keyFile) : authority.certificateFor(names());
  }

  /** Calls `renewed` with each later certificate. */
  watch(renewed: (files: TlsFiles) => void): void {
    if (this.stopped) return;
    const { clock } = this.context;
    this.cancel = clock.schedule(clock.now() + LOOK_MS, () => {
      void this.look(renewed).then(() => this.watch(renewed));
    });
  }

  stop(): void {
    this.stopped = true;
    this.cancel?.();
  }

  /** Loads again if something changed. What cannot be read leaves the certificate as it was. */
  async look(renewed: (files: TlsFiles) => void): Promise<void> {
    try {
      if (this.fingerprint() === this.seen) return;
      renewed(await this.load());
      this.context.log.info('tls/certificate-renewed');
    } catch (error) {
      this.context.log.warn('tls/certificate-not-renewed', errorFields(error));
    }
  }

  /** Changes when the certificate should. */
  private fingerprint(): string {
    const { files, names } = this.context;
    if (!files) return JSON.stringify(names());
    const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return `${changedAt(files.certFile)} ${changedAt(files.keyFile)}`;
  }
}

function readFiles(certFile: string, keyFile: string): TlsFiles {
  const cert = readPem('cert', certFile);
  const key = readPem('key', keyFile);
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(cert);
  } catch (cause) {
    throw new ConfigError(`The file ${certFile} (--cert) holds no certificate in PEM.`, { cause });
  }
  try {
    if (leaf.checkPrivateKey(createPrivateKey(key))) return { cert, key };
  } catch (cause) {
    throw new ConfigError(`The file ${keyFile} (--key) holds no private key in PEM without a passphrase.`, { cause });
  }
  throw new ConfigError(`The key in ${keyFile} (--key) does not belong to the certificate in ${certFile} (--cert).`);
}

function readPem(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(
      `The file ${path} (--${option}) cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause },
    );
  }
}

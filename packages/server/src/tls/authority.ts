import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PermittedNames } from '@maru/protocol/dtls';
import { writePrivateFile } from '../storage/private-file.js';
import { permittedFor, within } from './permitted-names.js';

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
/** Apple's systems accept 825 days from authorities that people add themselves. */
const LEAF_DAYS = 397;
/** A leaf is made anew when it has less than this left. */
const RENEW_DAYS = 30;
const NOT_BEFORE_SLACK_MS = DAY_MS; // clocks of phones differ

/** A certificate chain and its key, as node:tls takes them. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** The names and addresses under which a server is reached. */
export interface TlsNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Those of them that the operator named, which must not be missing. */
  readonly required?: readonly string[];
}

/**
 * A small authority of this server's own, made at the first start: devices that trust it (once) trust the server under
 * the names and addresses it had then, and under every one of a private network that it will ever have. For anything else
 * it can vouch as little as its key's thief could. Files: `ca.crt`, `ca.key`, `ca.json` (what it may vouch for),
 * `server.crt`, `server.key`.
 */
export class OwnAuthority {
  constructor(
    private readonly folder: string,
    private readonly wallClock: () => number,
  ) {}

  get certificateFile(): string {
    return join(this.folder, 'ca.crt');
  }

  /** The authority's certificate as PEM, for people to trust. */
  get certificatePem(): string {
    return readFileSync(join(this.folder, 'ca.crt'), 'utf8');
  }

  /** A certificate for `names`: the one that is there if it covers them, or a new one. */
  async certificateFor(names: TlsNames): Promise<TlsFiles> {
    if (!this.hasAuthority() || !this.mayVouchForRequired(names)) await this.makeAuthority(permittedFor(names));
    const permitted = within(this.permitted, names);
    const known = this.knownLeaf(permitted);
    if (known) return known;
    await this.makeLeaf(permitted);
    return this.read();
  }

  /** Devices must trust a new authority anew; so one is made only for what the operator says, not for where the machine roams. */
  private mayVouchForRequired({ required = [], ...names }: TlsNames): boolean {
    const { dnsNames, ipAddresses } = within(this.permitted, names);
    return required.every((name) => dnsNames.includes(name) || ipAddresses.includes(name));
  }

  private get permitted(): PermittedNames {
    return JSON.parse(readFileSync(join(this.folder, 'ca.json'), 'utf8')) as PermittedNames; // ours, beside the key
  }

  private knownLeaf(names: TlsNames): TlsFiles | undefined {
    if (!existsSync(join(this.folder, 'server.crt')) || !existsSync(join(this.folder, 'server.key'))) return;
    const files = this.read();
    const leaf = new X509Certificate(files.cert);
    const isFresh = Date.parse(leaf.validTo) - this.wallClock() > RENEW_DAYS * DAY_MS;
    const covers =
      names.dnsNames.every((name) => leaf.checkHost(name)) && names.ipAddresses.every((address) => leaf.checkIP(address));
    return isFresh && covers && leaf.checkIssued(new X509Certificate(this.certificatePem)) ? files : undefined;
  }

  private read(): TlsFiles {
    const chain = readFileSync(join(this.folder, 'server.crt'), 'utf8');
    return { cert: chain, key: readFileSync(join(this.folder, 'server.key'), 'utf8') };
  }

  private hasAuthority(): boolean {
    return ['ca.crt', 'ca.key', 'ca.json'].every((name) => existsSync(join(this.folder, name)));
  }

  private async makeAuthority(permitted: PermittedNames): Promise<void> {
    const { writeCertificate } = await import('@maru/protocol/dtls');
    const { nodeCrypto, signingKeyOf } = await import('@maru/node');
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const signer = signingKeyOf(key);
    const now = this.wallClock();
    const serialNumber = newSerial();
    const der = writeCertificate(
      {
        serialNumber,
        // a device that trusts two of these must tell them apart
        subject: { organization: 'Maru', commonName: `Maru authority ${Buffer.from(serialNumber).toString('hex').slice(0, 8)}` },
        notBeforeMs: now - NOT_BEFORE_SLACK_MS,
        notAfterMs: now + AUTHORITY_DAYS * DAY_MS,
        publicKeyDer: signer.publicKeyDer,
        isCa: true,
        permitted,
      },
      { key: signer },
      nodeCrypto,
    );
    writePrivateFile(join(this.folder, 'ca.key'), keyPem(key));
    writePrivateFile(join(this.folder, 'ca.json'), `${JSON.stringify(permitted)}\n`);
    writePrivateFile(join(this.folder, 'ca.crt'), certificatePem(der));
  }

  private async makeLeaf({ dnsNames, ipAddresses }: TlsNames): Promise<void> {
    const { readCertificate, writeCertificate } = await import('@maru/protocol/dtls');
    const { Malformed } = await import('@maru/protocol/core');
    const { nodeCrypto, signingKeyOf } = await import('@maru/node');
    const authority = readCertificate(new X509Certificate(this.certificatePem).raw);
    if (authority instanceof Malformed) throw new Error(`The file ${join(this.folder, 'ca.crt')} is not a certificate of ours.`);
    const authorityKey = createPrivateKey(readFileSync(join(this.folder, 'ca.key'), 'utf8'));
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const now = this.wallClock();
    const der = writeCertificate(
      {
        serialNumber: newSerial(),
        subject: { organization: 'Maru', commonName: dnsNames[0] ?? 'localhost' },
        notBeforeMs: now - NOT_BEFORE_SLACK_MS,
        notAfterMs: now + LEAF_DAYS * DAY_MS,
        publicKeyDer: signingKeyOf(key).publicKeyDer,
        dnsNames,
        ipAddresses,
      },
      { key: signingKeyOf(authorityKey), subjectDer: authority.subjectDer },
      nodeCrypto,
    );
    writePrivateFile(join(this.folder, 'server.key'), keyPem(key));
    writePrivateFile(join(this.folder, 'server.crt'), certificatePem(der) + this.certificatePem);
  }
}

function newSerial(): Uint8Array {
  const serial = crypto.getRandomValues(new Uint8Array(16));
  serial[0] = (serial[0]! & 0x7f) | 0x40; // positive, and never shorter
  return serial;
}

const keyPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

function certificatePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

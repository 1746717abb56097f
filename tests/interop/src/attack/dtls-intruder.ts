import { createCipheriv, createDecipheriv, createECDH, createHash, createHmac, randomBytes } from 'node:crypto';

/** How an intruder departs from RFC 5246 and RFC 6347. Without any of it, it is an honest client. */
export interface Intrusion {
  /** The DER certificates it shows; none: an empty Certificate message. */
  readonly chain: readonly Uint8Array[];
  /** Signs what a CertificateVerify must cover, as ecdsa_secp256r1_sha256; left out: there is no CertificateVerify at all. */
  readonly sign?: (transcript: Uint8Array) => Uint8Array;
  /** Leaves out the Certificate message altogether. */
  readonly hidesCertificate?: boolean;
  /** Sends this for a public key. */
  readonly publicKey?: Uint8Array;
}

/** How it ended: the server's fatal alert by its number, or its ChangeCipherSpec: the handshake would go on to data. */
export type IntrusionOutcome = { readonly alert: number } | 'accepted';

const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22 } as const;
const MESSAGE = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
};
const HEADER_BYTES = 13;
const ECDSA_SECP256R1_SHA256 = 0x0403;
const TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 = 0xc02b;
const NO_BYTES: Buffer = Buffer.alloc(0);

const u8 = (value: number): Buffer => Buffer.of(value);
const u16 = (value: number): Buffer => Buffer.of(value >>> 8, value & 0xff);
const u24 = (value: number): Buffer => Buffer.of(value >>> 16, (value >>> 8) & 0xff, value & 0xff);
const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
const short = (...parts: readonly Uint8Array[]): Buffer => join(u16(join(...parts).length), ...parts);
const long = (...parts: readonly Uint8Array[]): Buffer => join(u24(join(...parts).length), ...parts);

/** AES-128-GCM in one direction (RFC 5288 §3). */
interface Keys {
  readonly key: Buffer;
  readonly salt: Buffer;
}

/** The pseudorandom function of TLS 1.2 with SHA-256 (RFC 5246 §5). */
function prf(secret: Uint8Array, label: string, seed: Uint8Array, length: number): Buffer {
  const labelled = join(Buffer.from(label), seed);
  const mac = (data: Uint8Array): Buffer => createHmac('sha256', secret).update(data).digest();
  let a: Buffer = labelled;
  let out = NO_BYTES;
  while (out.length < length) {
    a = mac(a);
    out = join(out, mac(join(a, labelled)));
  }
  return out.subarray(0, length);
}

/**
 * A DTLS 1.2 client that lies as it is told. Written by itself on node:crypto and on nothing of the house, so that what it sends
 * is not what our own code would let it send. One suite, one group, no retransmission: it is for a loopback.
 */
export class DtlsIntruder {
  private readonly random = randomBytes(32);
  private readonly ecdh = createECDH('prime256v1');
  private readonly ownKey = this.ecdh.generateKeys();
  /** Bodies of the server's messages by their types. */
  private readonly heard = new Map<number, Buffer>();
  private transcript = NO_BYTES;
  private masterSecret = NO_BYTES;
  private messageSequence = 0;
  private readonly recordSequence = [0, 0];
  private hasAnswered = false;
  private keys: { readonly write: Keys; readonly read: Keys } | undefined;
  private finish: (outcome: IntrusionOutcome) => void = () => {};
  /** Resolves once the server has said yes or no. */
  readonly outcome = new Promise<IntrusionOutcome>((resolve) => {
    this.finish = resolve;
  });

  constructor(
    private readonly intrusion: Intrusion,
    private readonly send: (datagram: Uint8Array) => void,
  ) {}

  start(): void {
    this.send(this.record(CONTENT.handshake, this.message(MESSAGE.clientHello, this.clientHello())));
  }

  receive(datagram: Uint8Array): void {
    const bytes = Buffer.from(datagram);
    for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
      const length = bytes.readUInt16BE(at + 11);
      this.onRecord(bytes.subarray(at, at + HEADER_BYTES), bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
      at += HEADER_BYTES + length;
    }
  }

  private onRecord(header: Buffer, body: Buffer): void {
    const epoch = header.readUInt16BE(3);
    const plain = epoch === 0 ? body : this.open(header, body);
    if (header[0] === CONTENT.alert && plain) this.finish({ alert: plain[1]! });
    if (header[0] === CONTENT.changeCipherSpec) this.finish('accepted');
    if (header[0] === CONTENT.handshake && epoch === 0 && !this.hasAnswered) this.onMessages(plain!);
  }

  /** The server's flight 4; our servers send each message of it whole. */
  private onMessages(messages: Buffer): void {
    for (let at = 0; at < messages.length; ) {
      const whole = messages.subarray(at, at + 12 + messages.readUIntBE(at + 1, 3));
      this.transcript = join(this.transcript, whole);
      this.heard.set(whole[0]!, whole.subarray(12));
      at += whole.length;
    }
    if (this.heard.has(MESSAGE.serverHelloDone)) this.answer();
  }

  /** Flight 5, or what the intrusion makes of it. */
  private answer(): void {
    this.hasAnswered = true;
    const { chain, sign, hidesCertificate = false, publicKey = this.ownKey } = this.intrusion;
    const flight: Buffer[] = [];
    const add = (type: number, body: Uint8Array): void =>
      void flight.push(this.record(CONTENT.handshake, this.message(type, body)));
    if (!hidesCertificate) add(MESSAGE.certificate, long(...chain.map((der) => long(der))));
    add(MESSAGE.clientKeyExchange, join(u8(publicKey.length), publicKey));
    this.deriveKeys();
    if (sign) add(MESSAGE.certificateVerify, join(u16(ECDSA_SECP256R1_SHA256), short(sign(this.transcript))));
    flight.push(this.record(CONTENT.changeCipherSpec, u8(1)));
    const verifyData = prf(this.masterSecret, 'client finished', createHash('sha256').update(this.transcript).digest(), 12);
    flight.push(this.record(CONTENT.handshake, this.message(MESSAGE.finished, verifyData), 1));
    for (const record of flight) this.send(record);
  }

  private deriveKeys(): void {
    const hello = this.heard.get(MESSAGE.serverHello)!;
    const exchange = this.heard.get(MESSAGE.serverKeyExchange)!;
    const serverRandom = hello.subarray(2, 34);
    const shared = this.ecdh.computeSecret(exchange.subarray(4, 4 + exchange[3]!));
    const sessionHash = createHash('sha256').update(this.transcript).digest();
    this.masterSecret = prf(shared, 'extended master secret', sessionHash, 48); // RFC 7627 §4
    const block = prf(this.masterSecret, 'key expansion', join(serverRandom, this.random), 40);
    this.keys = {
      write: { key: block.subarray(0, 16), salt: block.subarray(32, 36) },
      read: { key: block.subarray(16, 32), salt: block.subarray(36, 40) },
    };
  }

  private clientHello(): Buffer {
    const extension = (type: number, body: Uint8Array): Buffer => join(u16(type), short(body));
    return join(
      u16(0xfefd),
      this.random,
      u8(0), // no session
      u8(0), // no cookie
      short(u16(TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)),
      Buffer.of(1, 0), // no compression
      short(
        extension(10, short(u16(23))), // supported_groups: secp256r1
        extension(11, Buffer.of(1, 0)), // ec_point_formats: uncompressed
        extension(13, short(u16(ECDSA_SECP256R1_SHA256))),
        extension(14, join(short(u16(7)), u8(0))), // use_srtp: SRTP_AEAD_AES_128_GCM
        extension(23, NO_BYTES), // extended_master_secret
        extension(0xff01, u8(0)), // renegotiation_info
      ),
    );
  }

  /** A handshake message in one fragment, entered into the transcript (RFC 6347 §4.2.2). */
  private message(type: number, body: Uint8Array): Buffer {
    const sequence = u16(this.messageSequence++);
    const whole = join(u8(type), u24(body.length), sequence, u24(0), u24(body.length), body);
    this.transcript = join(this.transcript, whole);
    return whole;
  }

  private record(type: number, body: Buffer, epoch: 0 | 1 = 0): Buffer {
    const number = join(u16(epoch), u16(0), u24(0), u8(this.recordSequence[epoch]!++));
    const head = join(u8(type), u16(0xfefd), number);
    if (epoch === 0) return join(head, short(body));
    const { key, salt } = this.keys!.write;
    const cipher = createCipheriv('aes-128-gcm', key, join(salt, number));
    cipher.setAAD(join(number, u8(type), u16(0xfefd), u16(body.length)));
    return join(head, short(number, cipher.update(body), cipher.final(), cipher.getAuthTag()));
  }

  private open(header: Buffer, body: Buffer): Buffer | undefined {
    if (!this.keys || body.length < 24) return undefined;
    const { key, salt } = this.keys.read;
    const decipher = createDecipheriv('aes-128-gcm', key, join(salt, body.subarray(0, 8)));
    const text = body.subarray(8, -16);
    decipher.setAAD(join(header.subarray(3, 11), header.subarray(0, 3), u16(text.length)));
    decipher.setAuthTag(body.subarray(-16));
    return join(decipher.update(text), decipher.final());
  }
}

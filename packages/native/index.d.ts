declare const socketBrand: unique symbol;
declare const aeadBrand: unique symbol;
declare const poolBrand: unique symbol;

/** A socket of the addon. */
export interface NativeSocket {
  readonly [socketBrand]: true;
}

/** A pool of UDP sockets of the addon. */
export interface NativePool {
  readonly [poolBrand]: true;
}

/** A key of the addon. */
export interface NativeAead {
  readonly [aeadBrand]: true;
}

declare const aesCtrBrand: unique symbol;
declare const hmacSha1Brand: unique symbol;

/** A key of AES in counter mode. */
export interface NativeAesCtr {
  readonly [aesCtrBrand]: true;
}

/** A key of HMAC-SHA1. */
export interface NativeHmacSha1 {
  readonly [hmacSha1Brand]: true;
}

declare const srtpKeysBrand: unique symbol;

/** Keys of SRTP, by integers. */
export interface NativeSrtpKeys {
  readonly [srtpKeysBrand]: true;
}

declare const srtpCipherBrand: unique symbol;

/** One key of SRTP. */
export interface NativeSrtpCipher {
  readonly [srtpCipherBrand]: true;
}

/** What the compiled part does. Arguments are checked there; wrong ones throw. */
export interface Addon {
  /** Says, once, where all sockets receive: a slab of 1 MiB and triples (offset, length, peer). Both stay referenced. */
  receiveInto(slab: Uint8Array, descriptors: Int32Array): void;
  /**
   * Binds a UDP socket. Throws an Error whose message is the system's error code (`EADDRINUSE`). `onBatch` is told of triples
   * [from, to), some dozens at most; what a burst led to has run before it is told of the next.
   */
  openSocket(
    address: string,
    port: number,
    bufferBytes: number,
    onBatch: (from: number, to: number, generation: number) => void,
    onWritable: () => void,
  ): NativeSocket;
  localPort(socket: NativeSocket): number;
  /** The integer for a remote end; -1 for an address of another family. */
  peerIndex(socket: NativeSocket, address: string, port: number): number;
  /** `address port`. */
  peerAddress(socket: NativeSocket, index: number): string;
  /** Changes when the table of peers was full and started anew: all integers of before mean nothing. */
  generation(socket: NativeSocket): number;
  /** Sends triples [from, count); returns how many are done. Fewer: `onWritable` tells when to go on. */
  sendBatch(socket: NativeSocket, slab: Uint8Array, descriptors: Int32Array, from: number, count: number): number;
  /** Bit 0: UDP_SEGMENT works so far. Bit 1: UDP_GRO is on. */
  offload(socket: NativeSocket): number;
  closeSocket(socket: NativeSocket): void;
  /**
   * Many UDP sockets in one epoll set. It receives into `slab` (64 slots of 66,624 bytes) and writes for each datagram, or train
   * of them, ten integers into `received` (room for 128): socket, offset, length, step (length of each datagram of the train but the last), the
   * four 32-bit words of the sender's address (IPv4 mapped into IPv6), its port, and for how many microseconds it had lain with the system
   * (0 without flag 32; of a train, its first). Offset -1: an ICMP error about what was sent to this
   * address; length is type << 8 | code, step what came with it (the MTU). `onBatch` is called with how many. Where many
   * datagrams come each millisecond it lets them gather for `restNs` before it takes them; 0: never.
   */
  openPool(slab: Uint8Array, received: Int32Array, restNs: number, onBatch: (count: number) => void): NativePool;
  /** The integer of a bound socket, or a negative number for {@link errorName}. `flags`: 1 reuse port, 2 report ICMP errors, 4 DF stays clear, 8 no UDP_GRO, 16 only {@link poolReceive} receives, 32 the system says when each datagram came. */
  poolBind(pool: NativePool, address: string, port: number, bufferBytes: number, flags: number): number;
  errorName(error: number): string;
  poolPort(pool: NativePool, socket: number): number;
  poolClose(pool: NativePool, socket: number): void;
  /**
   * Sends `count` datagrams that `table` describes, ten integers each: socket, offset and length in `slab`, four bytes to put before
   * it (0: none), flags (1: set DF), four words of address, port. Returns how many were lost here.
   */
  poolSend(pool: NativePool, slab: Uint8Array, table: Int32Array, count: number): number;
  /** Tells `onBatch` of what has come to sockets that were bound with flag 16: nothing is waited for. */
  poolReceive(pool: NativePool): void;
  closePool(pool: NativePool): void;
  /** A bound TCP socket whose port others may share, as a descriptor for node:net; or a negative number for {@link errorName}. */
  bindStream(address: string, port: number): number;
  createAead(algorithm: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305', key: Uint8Array): NativeAead;
  /** Encrypts a part of `plain` with a part of `additional` beside it, into `out`; returns the bytes written, tag included. */
  seal(
    aead: NativeAead,
    nonce: Uint8Array,
    additional: Uint8Array,
    additionalOffset: number,
    additionalBytes: number,
    plain: Uint8Array,
    plainOffset: number,
    plainBytes: number,
    out: Uint8Array,
    offset: number,
  ): number;
  /** The inverse; -1 for a wrong tag, and then zeros are written. */
  open(
    aead: NativeAead,
    nonce: Uint8Array,
    additional: Uint8Array,
    additionalOffset: number,
    additionalBytes: number,
    sealed: Uint8Array,
    sealedOffset: number,
    sealedBytes: number,
    out: Uint8Array,
    offset: number,
  ): number;
  createAesCtr(key: Uint8Array): NativeAesCtr;
  aesCtr(
    ctr: NativeAesCtr,
    counter: Uint8Array,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void;
  createHmacSha1(key: Uint8Array): NativeHmacSha1;
  createSrtpKeys(): NativeSrtpKeys;
  /** An integer for the key of one direction: a salt of 12 bytes and no authentication for GCM, 14 and 20 bytes for AES-CM. */
  srtpAddKey(
    keys: NativeSrtpKeys,
    encryption: Uint8Array,
    salt: Uint8Array,
    authentication: Uint8Array | undefined,
    tagBytes: number,
  ): number;
  srtpRemoveKey(keys: NativeSrtpKeys, key: number): void;
  createSrtpCipher(
    encryption: Uint8Array,
    salt: Uint8Array,
    authentication: Uint8Array | undefined,
    tagBytes: number,
  ): NativeSrtpCipher;
  /** Seals a packet whose header is in `out` already, before `textOut`: text and tag are written there. */
  srtpSeal(
    cipher: NativeSrtpCipher,
    rollover: number,
    bytes: Uint8Array,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    headerBytes: number,
    textOut: number,
  ): void;
  /** Opens the packet of `length` bytes, and writes its text to `textOut`; 0 when it is not what the sender wrote. */
  srtpOpen(
    cipher: NativeSrtpCipher,
    rollover: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    headerBytes: number,
    textOut: number,
  ): number;
  /** Opens where they lie what the rows of an `OpenBatch` say: each length becomes the plain one, or -4. */
  srtpOpenBatch(keys: NativeSrtpKeys, slab: Uint8Array, table: Int32Array, count: number): void;
  /**
   * Seals and sends what the rows of a `SealBatch` say. `addresses` has rows of eight integers: socket (-1: a stream), four words, port, two more.
   * What goes to streams is sealed into `streamOut`, and each row of `streams` says address, offset, length. Writes to `results`:
   * packets and bytes sent, system calls, packets lost, rows of streams.
   */
  srtpSendBatch(
    pool: NativePool,
    keys: NativeSrtpKeys,
    addresses: Int32Array,
    heads: Uint8Array,
    slabs: readonly Uint8Array[],
    table: Int32Array,
    count: number,
    streamOut: Uint8Array,
    streams: Int32Array,
    results: Int32Array,
  ): void;
  /** HMAC under a key of at most 64 bytes, into the first 20 bytes of `out` (SHA-1) or its first 32 (SHA-256). */
  hmacOfSha1(this: void, key: Uint8Array, data: Uint8Array, out: Uint8Array): void;
  hmacOfSha256(this: void, key: Uint8Array, data: Uint8Array, out: Uint8Array): void;
  /** Whether `signature` (DER, at most 1024 bytes) is one of ECDSA with SHA-256 over `data` by the key at the uncompressed point of P-256. */
  verifyP256(this: void, point: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean;
  hmacSha1(hmac: NativeHmacSha1, bytes: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): void;
}

export interface Loaded {
  readonly addon: Addon | undefined;
  readonly reason: string | undefined;
}

/** The addon, where it could be loaded. */
export const addon: Addon | undefined;

/** Why there is none. */
export const whyNot: string | undefined;

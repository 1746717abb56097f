declare const socketBrand: unique symbol;
declare const aeadBrand: unique symbol;

/** A socket of the addon. */
export interface NativeSocket {
  readonly [socketBrand]: true;
}

/** A key of the addon. */
export interface NativeAead {
  readonly [aeadBrand]: true;
}

/** What the compiled part does. Arguments are checked there; wrong ones throw. */
export interface Addon {
  /** Says, once, where all sockets receive: a slab of 1 MiB and triples (offset, length, peer). Both stay referenced. */
  receiveInto(slab: Uint8Array, descriptors: Int32Array): void;
  /** Binds a UDP socket. Throws an Error whose message is the system's error code (`EADDRINUSE`). */
  openSocket(
    address: string,
    port: number,
    bufferBytes: number,
    onBatch: (count: number, generation: number) => void,
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
  createAead(algorithm: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305', key: Uint8Array): NativeAead;
  seal(aead: NativeAead, nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, out: Uint8Array, offset: number): number;
  open(aead: NativeAead, nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): number;
}

export interface Loaded {
  readonly addon: Addon | undefined;
  readonly reason: string | undefined;
}

/** The addon, where it could be loaded. */
export const addon: Addon | undefined;

/** Why there is none. */
export const whyNot: string | undefined;

/** Names of elements (RFC 8794 §11.2, RFC 9559 §5). */
export const Id = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  defaultDuration: 0x23e383,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  projection: 0x7670,
  projectionType: 0x7671,
  projectionPoseRoll: 0x7675,
  uncompressedFourCc: 0x2eb524,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  channels: 0x9f,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
} as const;

/** A size that is not known yet: the element lasts until another of its level begins (RFC 8794 §6.2). */
export const UNKNOWN_SIZE = Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

/** An element with what is in it. */
export function element(id: number, ...content: readonly Uint8Array[]): Uint8Array {
  const size = content.reduce((sum, part) => sum + part.length, 0);
  return bytesOf(elementHead(id, size), ...content);
}

/** What comes before the `size` bytes of an element. */
export function elementHead(id: number, size: number): Uint8Array {
  const length = new Uint8Array(8); // always the longest form: simpler, and seven bytes are nothing
  new DataView(length.buffer).setBigUint64(0, BigInt(size) | (1n << 56n));
  return bytesOf(idOf(id), length);
}

export function uint(id: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return element(id, bytes);
}

export const text = (id: number, value: string): Uint8Array => element(id, new TextEncoder().encode(value));

export function idOf(id: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = id; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

export function bytesOf(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** What every file begins with. */
export function fileHeader(docType: 'matroska' | 'webm'): Uint8Array {
  return element(Id.ebml, text(Id.docType, docType), uint(Id.docTypeVersion, 4), uint(Id.docTypeReadVersion, 2));
}

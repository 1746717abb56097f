/** Byte strings as TLS presents them (RFC 5246 §4.3): composed, not patched, since handshakes are cold. */

/** All of `parts`, one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** `values` as 16-bit numbers. */
export function u16s(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    bytes[2 * i] = values[i]! >>> 8;
    bytes[2 * i + 1] = values[i]!;
  }
  return bytes;
}

/** `parts` behind their length in 8 bits. */
export function vector8(...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(Uint8Array.of(body.length), body);
}

/** `parts` behind their length in 16 bits. */
export function vector16(...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(u16s(body.length), body);
}

/** `parts` behind their length in 24 bits. */
export function vector24(...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(Uint8Array.of(body.length >>> 16), u16s(body.length & 0xffff), body);
}

/** Big-endian 16-bit numbers; an odd byte at the end is not one. */
export function readU16s(bytes: Uint8Array): number[] {
  const values: number[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) values.push((bytes[i]! << 8) | bytes[i + 1]!);
  return values;
}

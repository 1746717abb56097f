/** Makes boxes of an MP4 file (ISO/IEC 14496-12 §4.2): a size, a name of four letters, what is in it. Numbers are big-endian. */
export function box(name: string, ...content: readonly Uint8Array[]): Uint8Array {
  const bytes = 8 + content.reduce((sum, part) => sum + part.length, 0);
  return joined(u32(bytes), letters(name), ...content);
}

/** A box with a version and flags. */
export function fullBox(name: string, version: number, flags: number, ...content: readonly Uint8Array[]): Uint8Array {
  return box(name, u32(version * 0x1_00_0000 + flags), ...content);
}

export const letters = (text: string): Uint8Array => new TextEncoder().encode(text);

export const u8 = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

export const u16 = (...values: readonly number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff]));

export function u32(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value);
  return bytes;
}

export function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

export const zeros = (count: number): Uint8Array => new Uint8Array(count);

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

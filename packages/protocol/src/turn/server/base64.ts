const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 of `bytes` (RFC 4648 §4), padded. */
export function formatBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET[bits >>> 18]! + ALPHABET[(bits >>> 12) & 63]!;
    text += i + 1 < bytes.length ? ALPHABET[(bits >>> 6) & 63]! : '=';
    text += i + 2 < bytes.length ? ALPHABET[bits & 63]! : '=';
  }
  return text;
}

/** Values of digits by their code; -1: no digit. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) => ALPHABET.indexOf(String.fromCharCode(code)));

/** The bytes that `text` spells; undefined if it is no base64, padding optional. */
export function parseBase64(text: string): Uint8Array | undefined {
  let digits = text.length;
  for (let padding = 0; padding < 2 && text[digits - 1] === '='; padding++) digits -= 1;
  if (digits % 4 === 1) return undefined;
  const bytes = new Uint8Array((digits * 6) >>> 3);
  let bits = 0;
  let count = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? -1;
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[at++] = bits >>> count;
  }
  return bytes;
}

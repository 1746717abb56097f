/** How far 16-bit `b` is ahead of `a` modulo 2^16, from -32768 to 32767 (RFC 1982). */
export function serialDistance16(a: number, b: number): number {
  return ((b - a) << 16) >> 16;
}

/** How far 32-bit `b` is ahead of `a` modulo 2^32, from -2^31 to 2^31 - 1 (RFC 1982). */
export function serialDistance32(a: number, b: number): number {
  return (b - a) | 0;
}

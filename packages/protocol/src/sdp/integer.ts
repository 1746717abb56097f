/** Whether `text` is a decimal number that may have 64 bits. */
export function isDigits(text: string): boolean {
  return text.length <= 20 && /^\d+$/.test(text); // 2^64 has 20 digits
}

/** The number that decimal digits spell, if it is one and not above `max`. */
export function parseInteger(text: string, max: number): number | undefined {
  if (!isDigits(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

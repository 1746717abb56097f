/**
 * Reads the address of a STUN server as people write it: `host`, `host:port`, or a `stun:` URI (RFC 7064).
 * @returns the URI, the empty string when nothing was written, `undefined` when it is no address
 */
export function parseStunAddress(text: string): string | undefined {
  const address = text.trim().replace(/^stuns?:(\/\/)?/i, '');
  if (address === '') return '';
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?$/i.exec(address);
  if (!match) return undefined;
  const port = match[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  return `stun:${match[1]}${port === undefined ? '' : `:${port}`}`;
}

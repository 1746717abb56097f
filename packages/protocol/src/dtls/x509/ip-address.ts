/** The 4 or 16 bytes of an IPv4 or IPv6 address in text; undefined if it is neither (RFC 4291 §2.2; zones are not names). */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => parseGroups(half));
  const [head, tail] = groups;
  if (!head || groups.some((one) => one === undefined)) return undefined;
  const given = head.length + (tail?.length ?? 0);
  if (tail ? given > 14 : given !== 16) return undefined;
  const address = new Uint8Array(16);
  address.set(head);
  if (tail) address.set(tail, 16 - tail.length);
  return address;
}

/** The bytes of `a:b:c` or `a:b:1.2.3.4`. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const ipv4 = i === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined;
    if (ipv4) bytes.push(...ipv4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group)) bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

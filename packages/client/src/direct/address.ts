/** What a host candidate's address may be: numbers, or a name of mDNS by which browsers hide them (RFC 8828 §5.2, RFC 6762). */
export type Address =
  | { readonly family: 'ipv4' | 'ipv6'; readonly bytes: Uint8Array }
  /** `<uuid>.local`, as its 16 bytes. */
  | { readonly family: 'mdns'; readonly bytes: Uint8Array };

const UUID_NAME = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\.local$/i;

/** Reads an address as candidates write it; undefined when it is none of the three. */
export function parseAddress(text: string): Address | undefined {
  const name = UUID_NAME.exec(text);
  if (name) return { family: 'mdns', bytes: fromHex(name.slice(1).join('')) };
  if (text.includes(':')) return parseIpv6(text);
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return { family: 'ipv4', bytes: Uint8Array.from(parts, Number) };
}

export function formatAddress({ family, bytes }: Address): string {
  switch (family) {
    case 'ipv4':
      return bytes.join('.');
    case 'ipv6':
      return Array.from({ length: 8 }, (_, group) => ((bytes[2 * group]! << 8) | bytes[2 * group + 1]!).toString(16)).join(':');
    case 'mdns': {
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}.local`;
    }
  }
}

/** RFC 4291 §2.2, without zones and without the mixed form, which browsers do not write. */
function parseIpv6(text: string): Address | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...before, ...new Array<string>(Math.max(0, missing)).fill('0'), ...after];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return { family: 'ipv6', bytes: fromHex(all.map((group) => group.padStart(4, '0')).join('')) };
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}

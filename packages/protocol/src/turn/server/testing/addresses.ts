import { formatIpAddress, parseIpAddress } from '../../../stun/index.js';
import { SPECIAL_BLOCKS } from '../index.js';

/** Addresses that security.md names, beside the first and last of every block of the registries. */
const NAMED = [
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '169.254.169.254',
  '255.255.255.255',
  '100.100.100.200',
  '::',
  '::1',
  'fd00:ec2::254',
];

/** The first and last address of every special block, and those that people attack. */
export function everySpecialAddress(): readonly string[] {
  const ends = SPECIAL_BLOCKS.flatMap(({ block }) => {
    const [address = '', bits = ''] = block.split('/');
    const first = parseIpAddress(address)!;
    const last = first.map((byte, i) => byte | (0xff >> Math.min(8, Math.max(0, Number(bits) - 8 * i))));
    return [formatIpAddress(first), formatIpAddress(last)];
  });
  return [...new Set([...NAMED, ...ends])].filter((address) => !isTeredo(address));
}

/** The block of IETF protocol assignments begins with Teredo, which is a disguise. */
function isTeredo(address: string): boolean {
  const bytes = parseIpAddress(address)!;
  return bytes.length === 16 && bytes[0] === 0x20 && bytes[1] === 0x01 && bytes[2] === 0 && bytes[3] === 0;
}

/** An IPv4 address in every form in which IPv6 may carry it, each with its name; none for an IPv6 address. */
export function disguisesOf(address: string): readonly (readonly [string, string])[] {
  const ipv4 = parseIpAddress(address)!;
  if (ipv4.length !== 4) return [];
  const [a, b, c, d] = ipv4 as unknown as [number, number, number, number];
  const put = (at: number, ...head: number[]): string => {
    const bytes = new Uint8Array(16);
    bytes.set(head);
    bytes.set([a, b, c, d], at);
    return formatIpAddress(bytes);
  };
  const teredo = Uint8Array.of(0x20, 1, 0, 0, 65, 54, 227, 120, 0x80, 0, 0, 0, ~a, ~b, ~c, ~d);
  const compatible = put(12);
  const isAlready = compatible === '::' || compatible === '::1'; // these are addresses of their own
  return [
    ['mapped', put(12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)],
    ...(isAlready ? [] : [['compatible', compatible] as const]),
    ['translated', put(12, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0)],
    ['6to4', put(2, 0x20, 0x02)],
    ['nat64', put(12, 0, 0x64, 0xff, 0x9b)],
    ['teredo', formatIpAddress(teredo)],
    ['isatap', put(12, 0x2a, 0, 0x14, 0x50, 0, 0, 0, 0, 0, 0, 0x5e, 0xfe)],
    ['isatap-global', put(12, 0x2a, 0, 0x14, 0x50, 0, 0, 0, 0, 2, 0, 0x5e, 0xfe)],
  ];
}

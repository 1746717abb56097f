import type { SessionTree } from '../../sdp/index.js';
import { attributeValues, parseExtensionMap } from '../../sdp/index.js';
import { isRejected } from '../data-section.js';
import { type Codec, codecKey, codecsOf, type PayloadCodec, redundantPayloadType, repeatedPayloadType } from './codec.js';

/** Dynamic numbers, first the range that everybody uses, then the one below RTCP's (RFC 3551 §3, RFC 5761 §4). */
const DYNAMIC: readonly number[] = [...range(96, 127), ...range(35, 63)];
/** Numbers that one-byte header extensions can have (RFC 8285 §4.2), then those of two-byte ones. */
const ONE_BYTE_IDS = 14;
const EXTENSION_IDS: readonly number[] = [...range(1, ONE_BYTE_IDS), ...range(16, 255)];

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/**
 * The numbers of codecs and header extensions in one session: in a BUNDLE group a number means the same in every section
 * (RFC 9143 §9.1), and what was agreed keeps its number as long as the session lasts (RFC 3264 §8.3.2).
 */
export class NumberRegistry {
  private readonly payloadTypes = new Map<string, number>();
  private readonly takenPayloadTypes = new Set<number>();
  private readonly extensionIds = new Map<string, number>();
  private readonly takenExtensionIds = new Set<number>();

  /** Trees said before; where they differ, the first one counts. */
  constructor(trees: readonly SessionTree[]) {
    for (const section of trees.flatMap(({ media }) => media)) {
      if (isRejected(section) || section.kind === 'application') continue;
      for (const codec of codecsOf(section)) this.rememberCodec(codec);
      for (const value of attributeValues(section, 'extmap')) {
        const map = parseExtensionMap(value);
        if (!map) continue;
        if (!this.extensionIds.has(map.uri)) this.extensionIds.set(map.uri, map.id);
        this.takenExtensionIds.add(map.id);
      }
    }
  }

  private rememberCodec(codec: PayloadCodec): void {
    const key = registryKey(codec, repeatedPayloadType(codec) ?? redundantPayloadType(codec));
    if (!this.payloadTypes.has(key)) this.payloadTypes.set(key, codec.payloadType);
    this.takenPayloadTypes.add(codec.payloadType);
  }

  /** The number of `codec`, which carries or mends `of`; undefined when none is left. */
  payloadType(codec: Codec, of?: number): number | undefined {
    const key = registryKey(codec, of);
    const known = this.payloadTypes.get(key);
    if (known !== undefined) return known;
    const preferred = codec.preferredPayloadType;
    const free = (number: number): boolean => !this.takenPayloadTypes.has(number);
    const number = preferred !== undefined && free(preferred) ? preferred : DYNAMIC.find(free);
    if (number === undefined) return undefined;
    this.payloadTypes.set(key, number);
    this.takenPayloadTypes.add(number);
    return number;
  }

  /** The number of the header extension `uri`; undefined when none is left. */
  extensionId(uri: string): number | undefined {
    const known = this.extensionIds.get(uri);
    if (known !== undefined) return known;
    const id = this.freshExtensionId();
    if (id === undefined) return undefined;
    this.extensionIds.set(uri, id);
    this.takenExtensionIds.add(id);
    return id;
  }

  /** Above those in use, where there is room: one below may have been that of a section that is gone, and receivers remember it (RFC 8285 §6). */
  private freshExtensionId(): number | undefined {
    const highest = Math.max(0, ...[...this.takenExtensionIds].filter((id) => id <= ONE_BYTE_IDS));
    const isFree = (id: number): boolean => !this.takenExtensionIds.has(id);
    return EXTENSION_IDS.find((id) => id > highest && id <= ONE_BYTE_IDS && isFree(id)) ?? EXTENSION_IDS.find(isFree);
  }
}

function registryKey(codec: Codec, of: number | undefined): string {
  return of === undefined ? codecKey(codec) : `${codecKey(codec)} of ${of}`;
}

import { DataFlag } from '../chunk-types.js';
import { Assembly } from './assembly.js';

/** What a held fragment costs besides its bytes: objects and map entries, so that tiny fragments are not free. */
export const FRAGMENT_OVERHEAD_BYTES = 64;

/** A message fragment as it was received; `packet` from `from` to `to` are its bytes, borrowed. One object serves all. */
export interface FragmentView {
  flags: number;
  streamId: number;
  sequence: number;
  ppid: number;
  /** Its place: the TSN, or the fragment sequence number with interleaving. Fragments of a message have adjacent ones. */
  index: number;
  packet: Uint8Array;
  from: number;
  to: number;
}

interface Link {
  readonly bytes: Uint8Array;
  next: Link | undefined;
}

/** Adjacent fragments whose beginning has not arrived. */
interface Chain {
  readonly streamId: number;
  readonly sequence: number;
  readonly isUnordered: boolean;
  first: number;
  last: number;
  head: Link;
  tail: Link;
  bytes: number;
  links: number;
  hasEnd: boolean;
}

/** Puts a fragment where it belongs; in order, it is one map look-up and one copy. */
export class FragmentStore {
  /** Bytes held here, overhead included. */
  heldBytes = 0;
  private readonly assemblyByNextIndex = new Map<number, Assembly>();
  private readonly chainByFirst = new Map<number, Chain>();
  private readonly chainByLast = new Map<number, Chain>();

  constructor(private readonly maxMessageBytes: number) {}

  get isEmpty(): boolean {
    return this.assemblyByNextIndex.size === 0 && this.chainByFirst.size === 0;
  }

  get openAssemblies(): number {
    return this.assemblyByNextIndex.size;
  }

  /**
   * Takes a fragment that is not a whole message. Returns the message if it is now complete or has just been refused for
   * its length, `undefined` while more is needed, and `'inconsistent'` if it contradicts a neighbour (RFC 9260 §6.9).
   */
  add(fragment: FragmentView, capacityHint: number): Assembly | 'inconsistent' | undefined {
    if (fragment.flags & DataFlag.begin) return this.begin(fragment, capacityHint);
    const assembly = this.assemblyByNextIndex.get(fragment.index);
    return assembly ? this.extend(assembly, fragment) : this.chain(fragment);
  }

  /** Forgets every fragment up to `index`, which is never to be completed (RFC 3758 §3.6). */
  dropThrough(index: number): void {
    for (const [nextIndex, assembly] of this.assemblyByNextIndex) {
      if (((index - nextIndex + 1) | 0) < 0) continue;
      this.assemblyByNextIndex.delete(nextIndex);
      this.heldBytes -= assembly.length + FRAGMENT_OVERHEAD_BYTES;
    }
    for (const chain of this.chainByFirst.values()) if (((index - chain.last) | 0) >= 0) this.removeChain(chain);
  }

  private begin(fragment: FragmentView, capacityHint: number): Assembly | 'inconsistent' | undefined {
    const size = fragment.to - fragment.from;
    const capacity = this.openAssemblies < 4 ? Math.max(size, capacityHint) : 2 * size;
    const isUnordered = (fragment.flags & DataFlag.unordered) !== 0;
    const assembly = new Assembly(fragment.streamId, isUnordered, fragment.sequence, fragment.ppid, capacity);
    this.heldBytes += FRAGMENT_OVERHEAD_BYTES;
    return this.extend(assembly, fragment);
  }

  private extend(assembly: Assembly, fragment: FragmentView): Assembly | 'inconsistent' | undefined {
    if (!belongs(assembly, fragment)) return 'inconsistent';
    this.assemblyByNextIndex.delete(fragment.index);
    const refusedNow = this.append(assembly, fragment.packet, fragment.from, fragment.to);
    if (fragment.flags & DataFlag.end) return this.finish(assembly);
    const next = (fragment.index + 1) >>> 0;
    const chain = this.chainByFirst.get(next);
    return chain ? this.absorb(assembly, chain, refusedNow) : this.keepOpen(assembly, next, refusedNow);
  }

  private absorb(assembly: Assembly, chain: Chain, refusedBefore: boolean): Assembly | 'inconsistent' | undefined {
    if (!belongs(assembly, chain)) return 'inconsistent';
    this.removeChain(chain);
    let refusedNow = refusedBefore;
    for (let link: Link | undefined = chain.head; link; link = link.next)
      refusedNow = this.append(assembly, link.bytes, 0, link.bytes.length) || refusedNow;
    if (chain.hasEnd) return this.finish(assembly);
    return this.keepOpen(assembly, (chain.last + 1) >>> 0, refusedNow);
  }

  /** Appends; returns whether this made the message too long. */
  private append(assembly: Assembly, bytes: Uint8Array, from: number, to: number): boolean {
    if (assembly.isRefused) return false;
    if (assembly.length + to - from > this.maxMessageBytes) {
      this.heldBytes -= assembly.length;
      assembly.refuse();
      return true;
    }
    assembly.append(bytes, from, to);
    this.heldBytes += to - from;
    return false;
  }

  private finish(assembly: Assembly): Assembly {
    this.heldBytes -= assembly.length + FRAGMENT_OVERHEAD_BYTES;
    assembly.isComplete = true;
    return assembly;
  }

  private keepOpen(assembly: Assembly, nextIndex: number, refusedNow: boolean): Assembly | undefined {
    this.assemblyByNextIndex.set(nextIndex, assembly);
    return refusedNow ? assembly : undefined;
  }

  /** Holds a fragment whose beginning is missing. */
  private chain(fragment: FragmentView): 'inconsistent' | undefined {
    const { index, flags, streamId, sequence } = fragment;
    const link: Link = { bytes: fragment.packet.slice(fragment.from, fragment.to), next: undefined };
    const hasEnd = (flags & DataFlag.end) !== 0;
    let chain: Chain = {
      streamId,
      sequence,
      isUnordered: (flags & DataFlag.unordered) !== 0,
      first: index,
      last: index,
      head: link,
      tail: link,
      bytes: link.bytes.length,
      links: 1,
      hasEnd,
    };
    const before = this.chainByLast.get((index - 1) >>> 0);
    if (before && !before.hasEnd) {
      if (!belongs(before, fragment)) return 'inconsistent';
      this.removeChain(before);
      chain = join(before, chain);
    }
    const after = hasEnd ? undefined : this.chainByFirst.get((index + 1) >>> 0);
    if (after) {
      if (!belongs(after, fragment)) return 'inconsistent';
      this.removeChain(after);
      chain = join(chain, after);
    }
    this.insertChain(chain);
    return undefined;
  }

  private insertChain(chain: Chain): void {
    this.chainByFirst.set(chain.first, chain);
    this.chainByLast.set(chain.last, chain);
    this.heldBytes += chain.bytes + chain.links * FRAGMENT_OVERHEAD_BYTES;
  }

  private removeChain(chain: Chain): void {
    this.chainByFirst.delete(chain.first);
    this.chainByLast.delete(chain.last);
    this.heldBytes -= chain.bytes + chain.links * FRAGMENT_OVERHEAD_BYTES;
  }
}

function join(left: Chain, right: Chain): Chain {
  left.tail.next = right.head;
  left.tail = right.tail;
  left.last = right.last;
  left.bytes += right.bytes;
  left.links += right.links;
  left.hasEnd = right.hasEnd;
  return left;
}

/** All fragments of a message carry its stream, its sequence and its U bit. */
function belongs(
  message: { readonly streamId: number; readonly sequence: number; readonly isUnordered: boolean },
  other: FragmentView | Chain,
): boolean {
  const isUnordered = 'flags' in other ? (other.flags & DataFlag.unordered) !== 0 : other.isUnordered;
  if (message.streamId !== other.streamId || message.isUnordered !== isUnordered) return false;
  // The sequence number of unordered DATA means nothing (RFC 9260 §6.6).
  return message.sequence === other.sequence || isUnordered;
}

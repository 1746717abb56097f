import { type TransportGroup, type TransportOutcome, transportGroups } from '@maru/protocol/jsep';
import { attributeValue, type SessionTree } from '@maru/protocol/sdp';
import type { TransportStack } from './transport-stack.js';

type StackByMid = ReadonlyMap<string, TransportStack>;

/** The stacks of a map, each once. */
interface Distinct {
  readonly of: StackByMid;
  readonly stacks: readonly TransportStack[];
}

/**
 * The transports of a connection: one for each group of sections that an offer gives one, and after an answer those that are
 * left of them, with BUNDLE one (RFC 9429 §4.1.1). It keeps which section is on which; what they say they say themselves.
 */
export class TransportSet {
  private byMid: StackByMid = new Map();
  private distinct: Distinct = { of: this.byMid, stacks: [] };
  /** As of the last exchange that ended: what a rollback brings back. */
  private settled: StackByMid = new Map();
  /** As the offer at hand would have it: what an answer, or the second after a provisional one, chooses from. */
  private offered: StackByMid = new Map();
  /** Made for a description that was created and has not been applied yet, by the section that leads. */
  private proposed = new Map<string, TransportStack>();
  /** Those that no section is on any more, until they have closed: in a task of their own, which may never come. */
  private readonly retiring = new Set<TransportStack>();
  /** Gathers before anything was described (`iceCandidatePoolSize`). */
  private pooled: TransportStack | undefined;

  constructor(private readonly create: () => TransportStack) {}

  /** Those that sections are on, each once, in the order of sections. */
  get inUse(): readonly TransportStack[] {
    const { byMid } = this;
    if (this.distinct.of !== byMid) this.distinct = { of: byMid, stacks: [...new Set(byMid.values())] };
    return this.distinct.stacks;
  }

  private get all(): Set<TransportStack> {
    const all = [...this.byMid.values(), ...this.settled.values(), ...this.offered.values(), ...this.proposed.values()];
    return new Set(this.pooled ? [...all, this.pooled] : all);
  }

  /** The transport that section `mid` is on. */
  of(mid: string | null): TransportStack | undefined {
    return mid === null ? undefined : this.byMid.get(mid);
  }

  /** The sections that are on `stack`; the first leads. */
  sectionsOf(stack: TransportStack): string[] {
    return [...this.byMid].flatMap(([mid, one]) => (one === stack ? [mid] : []));
  }

  get hasGathered(): boolean {
    return [...this.all].some((stack) => stack.hasGathered);
  }

  /** Gathers ahead of the first description. */
  pool(): void {
    this.pooled ??= this.create();
    this.pooled.gather();
  }

  /** The transport of a group of sections in a description in the making: the one that its first known section has, or a new one. */
  propose(group: TransportGroup): TransportStack {
    const known = group.map((mid) => this.byMid.get(mid)).find((stack) => stack !== undefined);
    if (known) return known;
    const [leader = ''] = group;
    const stack = this.proposed.get(leader) ?? this.pooled ?? this.create();
    this.pooled = undefined;
    this.proposed.set(leader, stack);
    return stack;
  }

  /** An offer was applied: its new sections have their transports. Ours name theirs by the ufrag; of the other side's we choose. */
  applyOffer(side: 'local' | 'remote', tree: SessionTree): void {
    const byMid = new Map(this.settled);
    for (const group of transportGroups(tree)) {
      const proposed = side === 'remote' ? this.propose(group) : undefined;
      for (const mid of group) {
        const stack = proposed ?? this.withUfrag(ufragOf(tree, mid));
        if (stack && !byMid.has(mid)) byMid.set(mid, stack);
      }
    }
    this.byMid = this.offered = byMid;
  }

  /** An answer was applied: these are the transports, each with the section that leads it. Returns them with their outcomes. */
  agree(outcomes: readonly TransportOutcome[]): { readonly stack: TransportStack; readonly outcome: TransportOutcome }[] {
    const agreed = outcomes.map((outcome) => ({ outcome, stack: this.offered.get(outcome.mid) ?? this.propose(outcome.mids) }));
    this.byMid = new Map(agreed.flatMap(({ outcome, stack }) => outcome.mids.map((mid) => [mid, stack] as const)));
    return agreed;
  }

  /** The exchange has ended: the transports that no section is on any more close soon. */
  settle(): void {
    const left = this.keepOnly(this.byMid);
    for (const stack of left) this.retiring.add(stack);
    for (const stack of left) stack.retire(() => this.retiring.delete(stack));
  }

  /** The offer at hand was taken back; the transports that it had brought. */
  rollBack(): TransportStack[] {
    return this.keepOnly(this.settled);
  }

  /** Every transport there was. */
  clear(): TransportStack[] {
    const all = [...this.all, ...this.retiring];
    this.pooled = undefined;
    this.retiring.clear();
    this.keepOnly(new Map());
    return all;
  }

  private keepOnly(kept: StackByMid): TransportStack[] {
    const before = this.all;
    this.byMid = this.settled = this.offered = kept;
    this.proposed = new Map();
    const left = this.all;
    return [...before].filter((stack) => !left.has(stack));
  }

  private withUfrag(ufrag: string | undefined): TransportStack | undefined {
    return [...this.all].find((stack) => ufrag !== undefined && stack.hasUfrag(ufrag));
  }
}

function ufragOf(tree: SessionTree, mid: string): string | undefined {
  const section = tree.media.find((one) => attributeValue(one, 'mid') === mid);
  return section && attributeValue(section, 'ice-ufrag');
}

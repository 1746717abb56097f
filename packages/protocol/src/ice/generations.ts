import type { Generation } from './generation.js';
import type { CandidatePair, LocalEntry } from './pair.js';

/**
 * The generations of an agent, oldest first (RFC 8445 §9, RFC 8839 §4.4.1.1.1). There is one, except while a restart is under
 * way: the newest is proposed or agreed on, and the one before goes on as if nothing had happened until a pair of the
 * newest works. What was proposed can be withdrawn, since nothing was taken from those before it.
 */
export class Generations {
  private readonly list: Generation[];

  constructor(first: Generation) {
    this.list = [first];
  }

  /** What we gather for and describe. */
  get newest(): Generation {
    return this.list[this.list.length - 1]!;
  }

  /** The newest that both sides know of: its pairs are checked. */
  get checked(): Generation {
    const { list } = this;
    for (let i = list.length - 1; i >= 0; i--) if (list[i]!.remote) return list[i]!;
    return this.newest;
  }

  get all(): readonly Generation[] {
    return this.list;
  }

  /** Both sides know of a newer generation than the one that data travels in. */
  isReplacing(selected: CandidatePair): boolean {
    return this.of(selected) !== this.checked;
  }

  of(pair: CandidatePair): Generation | undefined {
    return this.list.find(({ checklist }) => checklist.pairs.includes(pair));
  }

  /** The generation that a check is for. Ours may have one name in two, where only the peer restarted. */
  named(localUfrag: string, remoteUfrag: string): Generation | undefined {
    const named = this.list.filter(({ local }) => local.ufrag === localUfrag);
    return named.find(({ remote }) => remote?.ufrag === remoteUfrag) ?? named.at(-1);
  }

  /** The generation that a signalled candidate is for: by its name, else the newest. */
  ofRemote(remoteUfrag: string | undefined): Generation {
    return this.list.find(({ remote }) => remote !== undefined && remote.ufrag === remoteUfrag) ?? this.newest;
  }

  /**
   * Adds a generation, and returns those that nothing needs any more: a proposal that this one takes the place of, and what
   * is neither checked nor in use.
   */
  add(generation: Generation, selected: CandidatePair | undefined): Generation[] {
    const { checked } = this;
    const inUse = selected && this.of(selected);
    const ended = this.keep((one) => one === checked || one === inUse);
    this.list.push(generation);
    return ended;
  }

  /** Takes the newest back, if the peer never answered it; returns it then. */
  withdraw(): Generation | undefined {
    if (this.list.length < 2 || this.newest.remote) return undefined;
    return this.list.pop();
  }

  /** A pair of `generation` works: those before it end, and are returned. */
  settleOn(generation: Generation): Generation[] {
    const at = this.list.indexOf(generation);
    return this.keep((_, index) => index >= at);
  }

  /** Every candidate of ours, whichever generation it is of. */
  get locals(): readonly LocalEntry[] {
    return this.list.flatMap(({ locals }) => locals);
  }

  private keep(isKept: (generation: Generation, index: number) => boolean): Generation[] {
    const before = [...this.list];
    const kept = before.filter(isKept);
    this.list.splice(0, this.list.length, ...kept);
    return before.filter((one) => !kept.includes(one));
  }
}

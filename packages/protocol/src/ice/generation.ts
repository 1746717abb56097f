import { type Instant, NEVER } from '../core/index.js';
import { shortTermKey } from '../stun/index.js';
import type { Base } from './base.js';
import type { RemoteCandidate } from './candidate.js';
import { Checklist } from './checklist.js';
import type { IceCredentials } from './credentials.js';
import { EarlyChecks } from './early-checks.js';
import type { LocalEntry } from './pair.js';
import type { IceGatheringState } from './state.js';

/** A candidate of the peer, with the IP address it stands for. */
export interface RemoteEntry {
  candidate: RemoteCandidate;
  readonly address: string;
}

/** Everything between one exchange of credentials and the next: an "ICE session" of RFC 8445 §9. */
export class Generation {
  readonly localKey: Uint8Array;
  remote: IceCredentials | undefined;
  remoteKey: Uint8Array = new Uint8Array(0);
  remoteIsLite = false;
  readonly locals: LocalEntry[] = [];
  readonly remotes: RemoteEntry[] = [];
  readonly earlyChecks = new EarlyChecks();
  readonly checklist: Checklist;
  gatheringState: IceGatheringState = 'new';
  remoteEnded = false;
  /** Names of the peer that are being looked up, and how many were, so far. */
  lookupsPending = 0;
  lookups = 0;
  firstValidAt: Instant = NEVER;
  /** Nothing works, and nothing that is under way could. */
  hasFailed = false;
  /** Peer reflexive candidates found since a pair was selected last. */
  peerReflexives = 0;

  constructor(
    readonly local: IceCredentials,
    pairLimit: number,
  ) {
    this.localKey = shortTermKey(local.password);
    this.checklist = new Checklist(pairLimit);
  }

  /** The generation after this one when only the peer has restarted: what we said of ourselves still holds. */
  successor(pairLimit: number): Generation {
    const next = new Generation(this.local, pairLimit);
    next.locals.push(...this.locals);
    next.gatheringState = this.gatheringState;
    return next;
  }

  /** Of the peer, as signalled or as seen in checks, those included that came before its description. */
  get remoteCandidates(): readonly RemoteCandidate[] {
    return [...this.remotes.map(({ candidate }) => candidate), ...this.earlyChecks.candidates];
  }

  setRemote(credentials: IceCredentials, isLite: boolean): void {
    this.remote = credentials;
    this.remoteKey = shortTermKey(credentials.password);
    this.remoteIsLite = isLite;
  }

  /** Candidates that came before the credentials, and say that they belong to others. */
  dropForeignCandidates(ufrag: string): void {
    for (let i = this.remotes.length - 1; i >= 0; i--) {
      const { usernameFragment } = this.remotes[i]!.candidate;
      if (usernameFragment !== undefined && usernameFragment !== ufrag) this.remotes.splice(i, 1);
    }
  }

  /** The socket, allocation or listener is gone, and so are its candidates. */
  dropBase(base: Base): void {
    for (let i = this.locals.length - 1; i >= 0; i--) if (this.locals[i]!.base === base) this.locals.splice(i, 1);
  }

  /** The candidate that stands for a base in this generation; none when policy hides it. */
  localOf(base: Base): LocalEntry | undefined {
    return this.locals.find((entry) => entry.base === base && entry.candidate.type !== 'srflx');
  }

  remoteAt(address: string, port: number, protocol: 'udp' | 'tcp'): RemoteEntry | undefined {
    return this.remotes.find(
      (entry) => entry.address === address && entry.candidate.port === port && entry.candidate.protocol === protocol,
    );
  }
}

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Lab } from './lab.js';

const PEER = join(import.meta.dirname, 'peer.mjs');
const LIMIT_MS = 60_000;

/** What a peer says, one at a time. */
export interface Saying {
  readonly ready?: true;
  readonly open?: true;
  readonly state?: string;
  readonly done?: string;
  readonly isExact?: boolean;
  readonly pair?: SelectedPair;
  readonly lines?: readonly string[];
  readonly description?: object;
  readonly candidate?: object | null;
  readonly failed?: string;
}

/** Which way a call goes, as getStats tells one side of it. */
export interface SelectedPair {
  readonly local: string;
  readonly remote: string;
  readonly protocol: string;
  /** Between us and our TURN server, where we use one. */
  readonly relayProtocol?: string;
  readonly localPort: number;
  readonly remotePort: number;
  readonly localUfrag: string;
  readonly remoteUfrag: string;
  readonly rttMs: number;
}

/** A process that is one end of a call. */
class Peer {
  private readonly said: Saying[] = [];
  private readonly waiting: { readonly wanted: (saying: Saying) => boolean; readonly resolve: (saying: Saying) => void }[] = [];
  private failure: Error | undefined;
  private readonly rejections = new Set<(error: Error) => void>();

  constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
    private readonly relay: (saying: Saying) => void,
  ) {
    createInterface({ input: child.stdout! }).on('line', (line) => this.hear(JSON.parse(line) as Saying));
    child.on('exit', (code, signal) => this.fail(new Error(`peer ${name} ended (${signal ?? code})`)));
  }

  tell(order: object): void {
    this.child.stdin!.write(`${JSON.stringify(order)}\n`);
  }

  async ask(order: string, more: object = {}): Promise<Saying> {
    this.tell({ order, ...more });
    return this.next(({ done }) => done === order, order);
  }

  /** The next saying, or one from before, that `wanted` accepts. */
  next(wanted: (saying: Saying) => boolean, what: string): Promise<Saying> {
    const index = this.said.findIndex(wanted);
    if (index >= 0) return Promise.resolve(this.said.splice(index, 1)[0]!);
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      const heard = this.said.map((saying) => JSON.stringify(saying)).join(' ');
      const timer = setTimeout(() => reject(new Error(`${this.name}: no ${what} in ${LIMIT_MS} ms; heard ${heard}`)), LIMIT_MS);
      this.rejections.add(reject);
      this.waiting.push({
        wanted,
        resolve: (saying) => {
          clearTimeout(timer);
          this.rejections.delete(reject);
          resolve(saying);
        },
      });
    });
  }

  private hear(saying: Saying): void {
    if ('description' in saying || 'candidate' in saying) return this.relay(saying);
    if (saying.failed) return this.fail(new Error(`peer ${this.name}: ${saying.failed}`));
    const index = this.waiting.findIndex(({ wanted }) => wanted(saying));
    if (index >= 0) this.waiting.splice(index, 1)[0]!.resolve(saying);
    else this.said.push(saying);
  }

  private fail(error: Error): void {
    this.failure = error;
    for (const reject of this.rejections) reject(error);
  }
}

export interface CallOptions {
  /** For both processes. */
  readonly env?: Record<string, string>;
  /** Host addresses are offered as names below .local, which the other end looks up. */
  readonly hidesAddresses?: boolean;
  /** Is told the signalling before it is passed on. */
  readonly overhear?: (from: 'a' | 'b', saying: Saying) => void;
}

/** A call between the hosts a and b of a lab; its signalling goes around the lab, through this process. */
export class Call {
  private constructor(
    readonly a: Peer,
    readonly b: Peer,
  ) {}

  /** Starts both ends and waits until the channel is open on both. */
  static async connect(lab: Lab, configuration: object, options: CallOptions = {}): Promise<Call> {
    const { env = {}, hidesAddresses = false, overhear = () => {} } = options;
    const peers: { a?: Peer; b?: Peer } = {};
    const start = (from: 'a' | 'b', to: 'a' | 'b'): Peer =>
      new Peer(from, lab.spawn(from, process.execPath, [PEER], { env }), (saying) => {
        overhear(from, saying);
        peers[to]?.tell(saying);
      });
    const [a, b] = [start('a', 'b'), start('b', 'a')];
    Object.assign(peers, { a, b });
    await Promise.all([a, b].map((peer) => peer.next(({ ready }) => ready === true, 'start')));
    b.tell({ order: 'connect', configuration, hidesAddresses, offers: false });
    a.tell({ order: 'connect', configuration, hidesAddresses, offers: true });
    await Promise.all([a, b].map((peer) => peer.next(({ open }) => open === true, 'open channel')));
    return new Call(a, b);
  }

  /** Whether `bytes` bytes, sent by a and sent back by b, come back as they were. */
  async echo(bytes: number): Promise<boolean> {
    return (await this.a.ask('echo', { bytes })).isExact === true;
  }

  /** The candidate lines that a has told b. */
  async candidatesOfA(): Promise<readonly string[]> {
    return (await this.a.ask('candidates')).lines!;
  }

  /** The port from which b sees a. */
  async remotePortOfA(): Promise<number> {
    return (await this.b.ask('selected')).pair!.remotePort;
  }

  /** The selected pair as a sees it. */
  async selectedPair(): Promise<SelectedPair> {
    return (await this.a.ask('selected')).pair!;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { SealBatch } from '@maru/protocol/srtp';
import { LIGHT_TYPES, type LightPeer } from '../load/light-peer.js';
import type { Swarm } from '../load/swarm.js';
import type { MediaReport } from '../media-server/reports.js';
import type { CpuQuota } from './cpu-quota.js';

const COMPILED = new URL('../../dist/index.js', import.meta.url);

/** Whether the package was compiled: a process of its own runs nothing else. */
export const isCompiled = existsSync(COMPILED);

/** A media server alone in a process: joins as it is told, fills its memory, says how it is. */
const PROGRAM = `
const { MediaServer, MediaRefusal } = await import(${JSON.stringify(COMPILED.href)});
const { setFlagsFromString } = await import('node:v8');
const { runInNewContext } = await import('node:vm');
const options = JSON.parse(process.argv.at(-1));
const media = await MediaServer.start({ addresses: [{ bind: '127.0.0.1' }], ...options });
const permissions = { publish: true, subscribe: true, data: true };
let ballast = [];
const answers = {
  async join({ session, connection, sdp, media: sections }) {
    const participant = media.join({ session, connection, permissions, onEvent: () => {} });
    if (participant instanceof MediaRefusal) return { code: participant.code };
    participant.publish({ stream: connection, hasAudio: true, hasVideo: false });
    const answer = await participant.offer({ sdp, media: sections });
    return answer instanceof MediaRefusal ? { code: answer.code } : { sdp: answer.sdp };
  },
  async report() { return media.report(); },
  async block({ ms }) {
    for (const until = performance.now() + ms; performance.now() < until; );
    return {};
  },
  async fill({ megabytes }) {
    for (let i = 0; i < megabytes; i++) ballast.push(new Array(131_072).fill(0.5));
    if (megabytes > 0) return {};
    ballast = [];
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    return {};
  },
};
process.on('message', async ({ request, ask, ...rest }) => process.send({ request, answer: await answers[ask](rest) }));
process.on('disconnect', () => process.exit());
process.send({ ready: media.ports });
`;

const STUTTER_MS = 100;

export interface MediaProcessOptions {
  readonly udpPort?: number;
  readonly tcpPort?: number;
  /** File descriptors that it may have. */
  readonly descriptors?: number;
  /** Of its heap. */
  readonly heapMegabytes?: number;
  /** Of all that it may write to, heaps and buffers of all threads: a limit of the kernel. */
  readonly dataMegabytes?: number;
  readonly quota?: CpuQuota;
}

export class MediaProcess {
  private next = 1;
  private readonly waiting = new Map<number, (answer: never) => void>();

  private constructor(
    private readonly child: ChildProcess,
    readonly ports: { readonly udp: number; readonly tcp: number },
  ) {
    child.on('message', ({ request, answer }: { request: number; answer: never }) => {
      this.waiting.get(request)?.(answer);
      this.waiting.delete(request);
    });
  }

  static async start({
    descriptors,
    heapMegabytes,
    dataMegabytes,
    quota,
    ...options
  }: MediaProcessOptions = {}): Promise<MediaProcess> {
    const flags = heapMegabytes === undefined ? [] : [`--max-old-space-size=${heapMegabytes}`];
    const argv = [
      process.execPath,
      ...flags,
      '--input-type=module',
      '-e',
      PROGRAM,
      '--',
      JSON.stringify({ workers: 0, ...options }),
    ];
    const limits = [
      quota?.entry,
      descriptors && `ulimit -n ${descriptors}; `,
      dataMegabytes && `ulimit -d ${dataMegabytes * 1_024}; `,
    ].filter(Boolean);
    const child = spawn('bash', ['-c', `${limits.join('')}exec "$0" "$@"`, ...argv], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [told] = (await once(child, 'message')) as [{ ready: MediaProcess['ports'] }];
    return new MediaProcess(child, told.ready);
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Takes a light peer in that sends sound and hears one other; why not, if not. */
  async join(swarm: Swarm, session: string, connection: string, ssrc: number): Promise<LightPeer | string> {
    const peer = swarm.add([{ kind: 'audio', ssrc }, { kind: 'audio' }]);
    const sdp = peer.offer();
    const media = [{ mid: peer.midOf(0), stream: connection, track: 'audio' }];
    const answer = await this.ask<{ sdp: string } | { code: string }>('join', { session, connection, sdp, media });
    if ('code' in answer) {
      swarm.peers.delete(peer);
      return answer.code;
    }
    await swarm.answer(peer, answer.sdp);
    return peer;
  }

  report(): Promise<MediaReport> {
    return this.ask('report');
  }

  /** Its thread does nothing else for so long. */
  block(ms: number): Promise<unknown> {
    return this.ask('block', { ms });
  }

  /** Its heap holds so much more that it has no use for; 0: nothing of that any more. */
  fill(megabytes: number): Promise<unknown> {
    return this.ask('fill', { megabytes });
  }

  /** It stands still for this share of each tenth of a second, until it is let go on. */
  stutter(share: number): () => void {
    const timer = setInterval(() => {
      this.child.kill('SIGSTOP');
      setTimeout(() => this.child.kill('SIGCONT'), share * STUTTER_MS);
    }, STUTTER_MS);
    return () => {
      clearInterval(timer);
      this.child.kill('SIGCONT');
    };
  }

  /** From one moment to the next, without a word. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  private ask<Answer>(ask: string, rest: object = {}): Promise<Answer> {
    const request = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(request, resolve as (answer: never) => void);
      this.child.send({ request, ask, ...rest });
    });
  }
}

interface Source {
  readonly peer: LightPeer;
  readonly ssrc: number;
  sequence: number;
}

/** Sound that light peers send, each so many packets a second, until it is stopped. */
export class Chatter {
  /** Of each peer, each time. */
  packetsAtOnce = 1;
  private readonly batch = new SealBatch(1_024);
  private readonly sound = new Uint8Array(80);
  private readonly slab: number;
  private readonly sources: Source[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly swarm: Swarm,
    intervalMs: number,
  ) {
    this.slab = swarm.driver.addSlab(this.sound);
    this.timer = setInterval(() => this.speak(), intervalMs);
  }

  add(peer: LightPeer, ssrc: number): void {
    this.sources.push({ peer, ssrc, sequence: 0 });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private speak(): void {
    const { batch, swarm } = this;
    for (const source of this.sources) for (let i = 0; i < this.packetsAtOnce; i++) this.say(source);
    swarm.driver.send(batch);
    swarm.driver.flush();
  }

  private say(source: Source): void {
    const { batch, swarm } = this;
    const { peer, ssrc } = source;
    if (!peer.keys || peer.address < 0) return;
    const { heads, headsUsed: at } = batch;
    const sequence = source.sequence++;
    const view = new DataView(heads.buffer, heads.byteOffset + at);
    view.setUint16(0, 0x8000 | LIGHT_TYPES.opus);
    view.setUint16(2, sequence & 0xffff);
    view.setUint32(4, (sequence * 960) >>> 0);
    view.setUint32(8, ssrc);
    batch.add(peer.address, peer.keys.sealKey, sequence >>> 16, 12, 12, this.slab, 0, this.sound.length);
    if (!batch.hasRoom(12)) swarm.driver.send(batch);
  }
}

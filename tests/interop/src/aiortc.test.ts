import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { RTCPeerConnection } from '@maru/webrtc';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { echoed, NodeSide, opened } from './harness/data-page.js';
import { eventually } from './harness/eventually.js';
import { mirror } from './harness/mirror.js';

/** Of Debian: another python3 may come first in PATH and lack what Debian's packages bring. */
const PYTHON = '/usr/bin/python3';
const PEER = join(import.meta.dirname, 'harness/aiortc-peer.py');

/** What aiortc has decoded of what we sent back. */
interface Seen {
  readonly frames: number;
  /** Brightness of the pictures as steps of a counter, each once. */
  readonly levels: readonly number[];
  readonly samples: number;
  readonly crossings: number;
  readonly state: string;
}

/** A third opinion: a stack that is neither ours nor a browser's. */
class Aiortc {
  private readonly child: ChildProcess = spawn(PYTHON, [PEER], { stdio: ['pipe', 'pipe', 'pipe'] });
  private readonly lines: Interface = createInterface({ input: this.child.stdout! });
  private errors = '';

  constructor() {
    this.child.stderr?.on('data', (bytes: Buffer) => (this.errors += bytes.toString()));
  }

  async ask<Answer>(order: string, sdp = ''): Promise<Answer> {
    const answered = once(this.lines, 'line');
    const ended = once(this.child, 'exit').then(() => Promise.reject(new Error(`aiortc ended: ${this.errors}`)));
    this.child.stdin!.write(`${JSON.stringify({ order, sdp })}\n`);
    const [line] = (await Promise.race([answered, ended])) as [string];
    return JSON.parse(line) as Answer;
  }

  async quit(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

let aiortc: Aiortc;
let node: NodeSide;
beforeEach(() => {
  aiortc = new Aiortc();
  node = new NodeSide(new RTCPeerConnection());
});
afterEach(async () => {
  node.pc.close();
  await aiortc.quit();
});

/** Pictures count up by one, sound sings at 440 Hz: what aiortc sent came back through us. */
async function seesAndHearsItself(): Promise<void> {
  const seen = await eventually(
    () => aiortc.ask<Seen>('seen'),
    ({ frames, samples }) => frames >= 90 && samples >= 96_000,
    (now) => `aiortc has ${JSON.stringify(now)}`,
  );
  expect(seen.state).toBe('connected');
  const steps = seen.levels.slice(1).map((level, i) => (level - seen.levels[i]! + 12) % 12);
  expect(steps.filter((step) => step === 1).length, seen.levels.join(' ')).toBeGreaterThanOrEqual(0.9 * steps.length);
  expect((seen.crossings / seen.samples) * 48_000).toBeGreaterThan(2 * 440 * 0.8);
  expect((seen.crossings / seen.samples) * 48_000).toBeLessThan(2 * 440 * 1.2);
}

test('aiortc calls: its picture, its voice and its data come back through Node', async () => {
  const { sdp } = await aiortc.ask<{ sdp: string }>('offer');
  await node.pc.setRemoteDescription({ type: 'offer', sdp });
  for (const transceiver of node.pc.getTransceivers()) {
    mirror(transceiver, transceiver.receiver.track.kind === 'audio' ? 'opus' : 'VP8');
  }
  await aiortc.ask('answered', await node.describe());
  await seesAndHearsItself();
  const channel = await node.channel('talk');
  await opened(channel);
  expect(await echoed(channel, 'hello')).toBe('hello');
});

test('Node calls aiortc: its picture, its voice and its data come back', async () => {
  const channel = node.pc.createDataChannel('talk');
  for (const kind of ['audio', 'video'] as const) mirror(node.pc.addTransceiver(kind), kind === 'audio' ? 'opus' : 'VP8');
  const { sdp } = await aiortc.ask<{ sdp: string }>('answer', await node.describe());
  await node.pc.setRemoteDescription({ type: 'answer', sdp });
  await seesAndHearsItself();
  await opened(channel);
  expect(await echoed(channel, 'hello')).toBe('hello');
});

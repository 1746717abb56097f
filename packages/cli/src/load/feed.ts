import { SealBatch } from '@maru/protocol/srtp';
import { LIGHT_TYPES, type LightPeer, type Swarm } from '@maru/sfu/load';

const HEADER_BYTES = 12;
const DESCRIPTOR_BYTES = 4;
const PAYLOAD_BYTES = 1_150;
const AUDIO_BYTES = 120;
const FRAMES_PER_SECOND = 30;
const AUDIO_MS = 20;
/** A process that was kept waiting does not make up for more than this. */
const MAX_LATE_MS = 100;
/** So many frames from one key frame to the next: who joins late waits no longer than two seconds, however many ask. */
const KEY_FRAME_EVERY = 60;
/** What a VP8 frame begins with (RFC 6386 §9.1): a key frame of 1280 × 720, and one that is none. */
const KEY_FRAME = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02];
const DELTA_FRAME = [0x11, 0, 0];

interface Source {
  readonly peer: LightPeer;
  readonly audioSsrc: number;
  readonly videoSsrc: number;
  audio: number;
  video: number;
  frames: number;
}

/** The pictures and voices of all publishers: packets of the right sizes at the right times, with nothing to see in them. */
export class Feed {
  sentPackets = 0;
  private readonly sources: Source[] = [];
  private readonly batch = new SealBatch(2_048);
  private readonly keyFrame = new Uint8Array(PAYLOAD_BYTES);
  private readonly deltaFrame = new Uint8Array(PAYLOAD_BYTES);
  private readonly keySlab: number;
  private readonly deltaSlab: number;
  private timer: NodeJS.Timeout | undefined;
  private nextFrameAt = 0;
  private nextSoundAt = 0;
  private readonly packetsPerFrame: number;

  constructor(
    private readonly swarm: Swarm,
    bitrateBps: number,
  ) {
    this.keyFrame.set(KEY_FRAME);
    this.deltaFrame.set(DELTA_FRAME);
    this.keySlab = swarm.driver.addSlab(this.keyFrame);
    this.deltaSlab = swarm.driver.addSlab(this.deltaFrame);
    this.packetsPerFrame = Math.max(
      1,
      Math.round(bitrateBps / 8 / FRAMES_PER_SECOND / (PAYLOAD_BYTES + HEADER_BYTES + DESCRIPTOR_BYTES)),
    );
  }

  add(peer: LightPeer, audioSsrc: number, videoSsrc: number): void {
    this.sources.push({ peer, audioSsrc, videoSsrc, audio: 0, video: 0, frames: 0 });
  }

  start(): void {
    this.nextFrameAt = this.nextSoundAt = performance.now();
    this.timer = setInterval(() => this.tick(), 5);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = performance.now();
    this.nextFrameAt = Math.max(this.nextFrameAt, now - MAX_LATE_MS);
    this.nextSoundAt = Math.max(this.nextSoundAt, now - MAX_LATE_MS);
    for (; this.nextFrameAt <= now; this.nextFrameAt += 1_000 / FRAMES_PER_SECOND)
      for (const source of this.sources) this.film(source);
    for (; this.nextSoundAt <= now; this.nextSoundAt += AUDIO_MS) for (const source of this.sources) this.speak(source);
    this.flush();
  }

  private film(source: Source): void {
    const { peer } = source;
    if (!peer.keys || peer.address < 0) return;
    const slab = source.frames % KEY_FRAME_EVERY === 0 ? this.keySlab : this.deltaSlab;
    for (let index = 0; index < this.packetsPerFrame; index += 1) {
      const isLast = index === this.packetsPerFrame - 1;
      this.makeRoom();
      this.header(LIGHT_TYPES.vp8, isLast, source.video, source.frames * (90_000 / FRAMES_PER_SECOND), source.videoSsrc);
      const { heads, headsUsed: at } = this.batch;
      heads[at + 12] = index === 0 ? 0x90 : 0x80; // VP8 payload descriptor (RFC 7741 §4.2): X, S; I; picture id of 15 bits
      heads[at + 13] = 0x80;
      heads[at + 14] = 0x80 | ((source.frames >>> 8) & 0x7f);
      heads[at + 15] = source.frames;
      const rollover = Math.floor(source.video / 65_536);
      this.batch.add(
        peer.address,
        peer.keys.sealKey,
        rollover,
        HEADER_BYTES + DESCRIPTOR_BYTES,
        HEADER_BYTES,
        slab,
        0,
        PAYLOAD_BYTES,
      );
      source.video += 1;
    }
    source.frames += 1;
    this.sentPackets += this.packetsPerFrame;
  }

  private speak(source: Source): void {
    const { peer } = source;
    if (!peer.keys || peer.address < 0) return;
    this.makeRoom();
    this.header(LIGHT_TYPES.opus, false, source.audio, source.audio * 960, source.audioSsrc);
    const rollover = Math.floor(source.audio / 65_536);
    this.batch.add(peer.address, peer.keys.sealKey, rollover, HEADER_BYTES, HEADER_BYTES, this.deltaSlab, 40, AUDIO_BYTES);
    source.audio += 1;
    this.sentPackets += 1;
  }

  private makeRoom(): void {
    if (!this.batch.hasRoom(HEADER_BYTES + DESCRIPTOR_BYTES)) this.flush();
  }

  private flush(): void {
    this.swarm.driver.send(this.batch);
    this.swarm.driver.flush();
  }

  private header(type: number, marker: boolean, sequence: number, timestamp: number, ssrc: number): void {
    const { heads, headsUsed: at } = this.batch;
    heads[at] = 0x80;
    heads[at + 1] = (marker ? 0x80 : 0) | type;
    heads[at + 2] = sequence >>> 8;
    heads[at + 3] = sequence;
    for (let index = 0; index < 4; index += 1) {
      heads[at + 4 + index] = timestamp >>> (24 - 8 * index);
      heads[at + 8 + index] = ssrc >>> (24 - 8 * index);
    }
  }
}

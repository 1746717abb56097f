import { nodeCrypto } from '@maru/node';
import { type CoreContext, SeededRandom, SILENT_LOG } from '../../core/index.js';
import {
  type ChannelKey,
  type DataChannelEvent,
  type DataChannelOutputs,
  DataChannels,
  type DataChannelsConfig,
  type MessageKind,
} from '../index.js';

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** One end, and all that came out of it. */
export class Peer implements DataChannelOutputs {
  readonly core: DataChannels;
  readonly events: DataChannelEvent[] = [];
  readonly messages: { channel: ChannelKey; kind: MessageKind; bytes: Uint8Array }[] = [];
  readonly sent: Uint8Array[] = [];
  onEvent: ((event: DataChannelEvent) => void) | undefined;

  constructor(config: DataChannelsConfig, seed: number) {
    const context: CoreContext = { random: new SeededRandom(seed), crypto: nodeCrypto, log: SILENT_LOG };
    this.core = new DataChannels(config, context);
  }

  transmit(bytes: Uint8Array): void {
    this.sent.push(bytes.slice());
  }

  event(event: DataChannelEvent): void {
    this.events.push(event);
    this.onEvent?.(event);
  }

  message(channel: ChannelKey, kind: MessageKind, bytes: Uint8Array): void {
    this.messages.push({ channel, kind, bytes });
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }

  announced(): Extract<DataChannelEvent, { type: 'channel-announced' }>[] {
    return this.events.filter((event) => event.type === 'channel-announced');
  }
}

/** Two cores and a wire without loss; a step is 5 ms. */
export class Pair {
  now = 0;
  readonly a: Peer;
  readonly b: Peer;

  constructor(a: DataChannelsConfig = {}, b: DataChannelsConfig = {}) {
    this.a = new Peer(a, 1);
    this.b = new Peer(b, 2);
  }

  connect(): this {
    this.a.core.connect(this.now, 'client');
    this.b.core.connect(this.now, 'server');
    return this.run();
  }

  run(steps = 100): this {
    for (let step = 0; step < steps; step++) {
      this.a.core.drain(this.a);
      this.b.core.drain(this.b);
      this.now += 5;
      for (const bytes of this.a.sent.splice(0)) this.b.core.receive(this.now, bytes);
      for (const bytes of this.b.sent.splice(0)) this.a.core.receive(this.now, bytes);
      this.a.core.advance(this.now);
      this.b.core.advance(this.now);
    }
    this.a.core.drain(this.a);
    this.b.core.drain(this.b);
    return this;
  }
}

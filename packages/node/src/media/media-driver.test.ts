import { SRTP_PROFILES, type SrtpMasterKey, type SrtpProfile } from '@maru/protocol/core';
import { writeSequenceNumber, writeSsrc } from '@maru/protocol/rtp';
import { OPENED, OpenBatch, SealBatch, SrtpReceiver, SrtpRefusal, SrtpSender } from '@maru/protocol/srtp';
import { IpEndpoint } from '@maru/protocol/turn/server';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { driver as available, pureCrypto } from '../index.js';
import type { BindOptions } from '../net/datagram-pool.js';
import { INBOX_SLAB, type MediaDriver, openMediaDriver, RECEIVED_INTS } from './index.js';
import { NodeMediaDriver } from './node-media-driver.js';

const PROFILES = Object.keys(SRTP_PROFILES) as SrtpProfile[];
const DRIVERS = available.name === 'native' ? (['node', 'native'] as const) : (['node'] as const);

const opened: MediaDriver[] = [];
afterEach(() => {
  for (const driver of opened.splice(0)) driver.end();
});

function masterOf(profile: SrtpProfile, seed: number): SrtpMasterKey {
  const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
  const bytesFrom = (length: number, first: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (first + 37 * i) & 0xff);
  return { key: bytesFrom(keyBytes, seed), salt: bytesFrom(saltBytes, seed + 99) };
}

/** An RTP packet with a header of `headerBytes`, 12 or with an extension 12 + 4 * n, and a payload that can be told from others. */
function rtpPacket(ssrc: number, sequence: number, headerBytes: number, payloadBytes: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes + payloadBytes).map((_, i) => (sequence * 7 + i) & 0xff);
  bytes.fill(0, 0, headerBytes);
  bytes[0] = headerBytes > 12 ? 0x90 : 0x80;
  bytes[1] = 96;
  writeSequenceNumber(bytes, 0, sequence);
  writeSsrc(bytes, 0, ssrc);
  if (headerBytes > 12) bytes.set([0xbe, 0xde, 0, (headerBytes - 16) / 4], 12);
  return bytes;
}

/** A driver with one socket that tells of batches. */
class World {
  readonly driver: MediaDriver;
  readonly socket: number;
  readonly got: { address: number; bytes: string }[] = [];
  readonly batches: number[] = [];
  onBatch: ((count: number) => void) | undefined;
  readonly streamed: { address: number; bytes: string }[] = [];
  private waiting: { count: number; done: () => void } | undefined;

  constructor(name: 'native' | 'node', options: BindOptions = {}) {
    this.driver = openMediaDriver({ driver: name });
    opened.push(this.driver);
    this.socket = this.driver.bind('127.0.0.1', 0, { bufferBytes: 4 << 20, ...options });
    this.driver.receiver = {
      received: (count) => {
        this.batches.push(count);
        if (this.onBatch) this.onBatch(count);
        else this.note(count);
        if (this.waiting && this.got.length >= this.waiting.count) this.waiting.done();
      },
      toStream: (address, bytes, offset, length) => this.streamed.push({ address, bytes: hexOf(bytes, offset, length) }),
    };
  }

  note(count: number): void {
    const { received, inbox } = this.driver;
    for (let i = 0; i < count * RECEIVED_INTS; i += RECEIVED_INTS) {
      this.got.push({ address: received[i + 2]!, bytes: hexOf(inbox, received[i]!, received[i + 1]!) });
    }
  }

  /** Resolves when `count` datagrams have come in all. */
  arrived(count: number): Promise<void> {
    return new Promise((done) => {
      this.waiting = { count, done };
      if (this.got.length >= count) done();
    });
  }

  addressOf(other: World): number {
    const endpoint = { w0: 0, w1: 0, w2: 0xffff, w3: 0x7f00_0001, port: other.driver.port(other.socket) };
    return this.driver.addresses.intern(this.socket, { ...endpoint, address: '127.0.0.1', setText: () => false });
  }
}

function hexOf(bytes: Uint8Array, offset = 0, length = bytes.length - offset): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString('hex');
}

describe.each(DRIVERS)('the %s driver', (name) => {
  test('tells datagrams by batch, the same integer for the same end each time', async () => {
    const [from, to] = [new World(name), new World(name)];
    const address = from.addressOf(to);
    for (const text of ['a', 'bc', 'def']) from.driver.transmit(address, new TextEncoder().encode(text));
    from.driver.flush();
    await to.arrived(3);
    expect(to.got.map(({ bytes }) => Buffer.from(bytes, 'hex').toString())).toEqual(['a', 'bc', 'def']);
    expect(new Set(to.got.map((one) => one.address)).size).toBe(1);
    const path = to.driver.addresses.pathOf(to.got[0]!.address);
    expect(path).toMatchObject({
      localPort: to.driver.port(to.socket),
      remoteAddress: '127.0.0.1',
      remotePort: from.driver.port(from.socket),
    });
    expect(to.driver.addresses.addressOf(path)).toBe(to.got[0]!.address);
  });

  test.runIf(name === 'native')('says how long a datagram lay with the system while this thread was busy', async () => {
    const [from, to] = [new World(name), new World(name, { stampsArrival: true })];
    const address = from.addressOf(to);
    const waitedUs: number[] = [];
    to.onBatch = (count) => {
      to.note(count);
      for (let i = 0; i < count * RECEIVED_INTS; i += RECEIVED_INTS) waitedUs.push(to.driver.received[i + 3]!);
    };
    // The system begins to take times a moment after it was asked to, and says of what came before that it has just come
    do {
      from.driver.transmit(address, Uint8Array.of(1));
      from.driver.flush();
      const until = performance.now() + 30;
      while (performance.now() < until);
      await to.arrived(to.got.length + 1);
    } while (waitedUs.at(-1)! < 29_000);
    expect(waitedUs.at(-1)).toBeLessThan(10_000_000);
  });

  test('what comes over a stream is told as a datagram is, and what goes to it is handed back', async () => {
    const world = new World(name);
    const path = { localAddress: '127.0.0.1', localPort: 1, remoteAddress: '192.0.2.1', remotePort: 2 };
    const address = world.driver.addresses.addStream(path);
    world.driver.inject(address, Uint8Array.of(9, 1, 2, 3, 9), 1, 3);
    world.driver.inject(address, Uint8Array.of(4));
    await world.arrived(2);
    expect(world.got).toEqual([
      { address, bytes: '010203' },
      { address, bytes: '04' },
    ]);
    world.driver.transmit(address, Uint8Array.of(0xaa, 0xbb));
    const key = world.driver.addKey('SRTP_AEAD_AES_128_GCM', masterOf('SRTP_AEAD_AES_128_GCM', 1));
    const batch = new SealBatch(8);
    const packet = rtpPacket(5, 6, 12, 20);
    batch.heads.set(packet);
    batch.add(address, key, 0, 32, 12, INBOX_SLAB, 0, 0);
    world.driver.send(batch);
    const sender = new SrtpSender({
      profile: 'SRTP_AEAD_AES_128_GCM',
      master: masterOf('SRTP_AEAD_AES_128_GCM', 1),
      crypto: pureCrypto,
    });
    const sealed = new Uint8Array(packet.length + 16);
    sender.protectRtp(packet, 0, packet.length, sealed, 0);
    expect(world.streamed).toEqual([
      { address, bytes: 'aabb' },
      { address, bytes: hexOf(sealed) },
    ]);
  });

  test.each(PROFILES)(
    'opens a batch of %s where it lies, as SrtpReceiver does, and tells what is forged or came before',
    async (profile) => {
      const [from, to] = [new World(name), new World(name)];
      const master = masterOf(profile, 3);
      const sender = new SrtpSender({ profile, master, crypto: pureCrypto });
      const receiver = new SrtpReceiver({ profile, master, crypto: pureCrypto });
      const key = to.driver.addKey(profile, master);
      const plain = Array.from({ length: 40 }, (_, i) =>
        rtpPacket(0xdead_beef, (65_520 + i) & 0xffff, i % 3 === 0 ? 20 : 12, 1 + 31 * i),
      );
      const wire = plain.map((packet) => {
        const bytes = new Uint8Array(packet.length + sender.rtpOverheadBytes);
        sender.protectRtp(packet, 0, packet.length, bytes, 0);
        return bytes;
      });
      const forged = wire[20]!.map((byte, i) => (i === 15 ? byte ^ 1 : byte));
      const sent = [...wire.slice(0, 25), forged, wire[10]!, ...wire.slice(25), wire[39]!];
      const batch = new OpenBatch();
      const results: (number | string)[] = [];
      to.onBatch = (count) => {
        const { received, inbox } = to.driver;
        to.note(count);
        for (let i = 0; i < count; i++) {
          const refusal = receiver.prepareRtp(
            inbox,
            received[RECEIVED_INTS * i]!,
            received[RECEIVED_INTS * i + 1]!,
            batch,
            key,
            i,
          );
          if (refusal < 0) results.push(refusal);
        }
        to.driver.open(batch);
        for (let row = 0; row < batch.count; row++) {
          const length = receiver.commitRtp(inbox, batch, row);
          results.push(length < 0 ? length : hexOf(inbox, batch.offset(row), length));
        }
        batch.clear();
      };
      const address = from.addressOf(to);
      for (const bytes of sent) from.driver.transmit(address, bytes);
      from.driver.flush();
      await to.arrived(sent.length);
      const expected = [
        ...plain.map((packet) => hexOf(packet)),
        SrtpRefusal.replayed,
        SrtpRefusal.replayed,
        SrtpRefusal.unauthentic,
      ];
      expect(results.map(String).sort()).toEqual(expected.map(String).sort());
      expect(results.filter((one) => typeof one === 'string')).toEqual(plain.map((packet) => hexOf(packet)));
      expect(receiver.stats()).toMatchObject({ rtpPackets: 40, refused: { replayed: 2, unauthentic: 1 } });
    },
  );

  test('a key that was removed seals and opens nothing, and a packet to nowhere is lost', () => {
    const { driver } = new World(name);
    const profile = 'SRTP_AES128_CM_HMAC_SHA1_80';
    const key = driver.addKey(profile, masterOf(profile, 1));
    driver.removeKey(key);
    driver.removeKey(key);
    const opening = new OpenBatch(4);
    driver.inbox.set(rtpPacket(1, 1, 12, 50));
    opening.add(0, 62, 12, key, 0, 0);
    driver.open(opening);
    expect(opening.table[1]).toBe(SrtpRefusal.unauthentic);
    const batch = new SealBatch(4);
    const good = driver.addKey(profile, masterOf(profile, 2));
    batch.heads.set(rtpPacket(1, 1, 12, 0));
    batch.add(3, good, 0, 12, 12, INBOX_SLAB, 0, 10); // no address yet has this integer
    batch.addShared(-1, good, 0, 0, 12, 12, INBOX_SLAB, 0, 10);
    batch.addShared(0, key + 17, 0, 0, 12, 12, INBOX_SLAB, 0, 10);
    driver.send(batch);
    expect(driver.counters).toMatchObject({ packetsSent: 0, packetsLost: 3 });
    expect(batch.count).toBe(0);
  });
});

test.skipIf(available.name !== 'native')('rows of any integers touch no memory but their own: they are refused or lost', () => {
  const { driver } = new World('native');
  const profile = 'SRTP_AEAD_AES_128_GCM';
  const key = driver.addKey(profile, masterOf(profile, 1));
  const opening = new OpenBatch(16);
  const sealing = new SealBatch(16, 512);
  const anyInteger = fc.oneof(fc.nat(40), fc.integer({ min: -2, max: 70_000 }), fc.integer());
  const anyRows = fc.array(anyInteger, { minLength: 9 * 16, maxLength: 9 * 16 });
  fc.assert(
    fc.property(anyRows, (integers) => {
      opening.table.set(integers.slice(0, opening.table.length));
      opening.count = 16;
      for (let row = 0; row < 16; row += 2) opening.table[row * 6 + 3] = key;
      const lengths = Array.from({ length: 16 }, (_, row) => opening.table[row * 6 + 1]!);
      driver.open(opening);
      for (let row = 0; row < 16; row++) {
        const isOpened = opening.table[row * 6 + 3] === OPENED;
        expect(opening.table[row * 6 + 1]).toBe(isOpened ? lengths[row] : SrtpRefusal.unauthentic);
      }
      sealing.table.set(integers);
      sealing.count = 16;
      const { packetsSent, packetsLost } = { ...driver.counters };
      driver.send(sealing);
      expect(driver.counters.packetsSent - packetsSent + driver.counters.packetsLost - packetsLost).toBe(16);
    }),
    { numRuns: 500 },
  );
});

/** One packet of the traffic below. */
interface Sent {
  readonly destination: number;
  readonly profile: number;
  readonly headerBytes: number;
  readonly descriptorBytes: number;
  readonly bodyBytes: number;
  readonly bodyOffset: number;
  readonly isCached: boolean;
}

const anySent: fc.Arbitrary<Sent> = fc.record({
  destination: fc.nat(3),
  profile: fc.nat(PROFILES.length - 1),
  headerBytes: fc.constantFrom(12, 20, 32),
  descriptorBytes: fc.constantFrom(0, 0, 3, 17),
  bodyBytes: fc.oneof(fc.constantFrom(1_100, 1_100, 1_100, 300), fc.nat(1_400), fc.integer({ min: 1_980, max: 2_080 })),
  bodyOffset: fc.nat(50_000),
  isCached: fc.boolean(),
});

test('whatever is sealed, each destination gets the same bytes in the same order from both drivers, and SrtpReceiver opens them', async () => {
  const ends = [0, 1, 2, 3].map(() => new World('node'));
  const worlds = DRIVERS.map((name) => new World(name));
  const traffic = Uint8Array.from({ length: 60_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
  const cached = traffic.map((byte) => byte ^ 0x5a);
  const prepared = worlds.map(({ driver }) => {
    driver.inbox.set(traffic);
    const keys = PROFILES.flatMap((profile) => [0, 1, 2, 3].map((end) => driver.addKey(profile, masterOf(profile, end))));
    return { keys, slab: driver.addSlab(cached), batch: new SealBatch(256) };
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anySent, { minLength: 1, maxLength: 150 }), async (packets) => {
      const heard: string[][][] = [];
      for (const [i, world] of worlds.entries()) {
        for (const end of ends) end.got.length = 0;
        const { keys, slab, batch } = prepared[i]!;
        for (const [n, one] of packets.entries()) {
          const headBytes = one.headerBytes + one.descriptorBytes;
          const head = rtpPacket(1_000 + one.profile, n, one.headerBytes, one.descriptorBytes);
          batch.heads.set(head, batch.headsUsed);
          const key = keys[one.profile * 4 + one.destination]!;
          const from = one.isCached ? slab : INBOX_SLAB;
          batch.add(
            world.addressOf(ends[one.destination]!),
            key,
            0x8000_0001,
            headBytes,
            one.headerBytes,
            from,
            one.bodyOffset,
            one.bodyBytes,
          );
        }
        world.driver.send(batch);
        world.driver.flush();
        await Promise.all(ends.map((end, at) => end.arrived(packets.filter(({ destination }) => destination === at).length)));
        heard.push(ends.map((end) => end.got.map(({ bytes }) => bytes)));
      }
      for (const other of heard.slice(1)) expect(other).toEqual(heard[0]);
      for (const [end, got] of heard[0]!.entries()) {
        const expected = packets.map((one, n) => ({ one, n })).filter(({ one }) => one.destination === end);
        for (const [at, { one, n }] of expected.entries()) {
          const profile = PROFILES[one.profile]!;
          const receiver = new SrtpReceiver({ profile, master: masterOf(profile, end), crypto: pureCrypto });
          receiver.expectRollover(1_000 + one.profile, 0x8000_0001, n === 0 ? 0 : n - 1);
          const bytes = new Uint8Array(Buffer.from(got[at]!, 'hex'));
          const length =
            n === 0 ? one.headerBytes + one.descriptorBytes + one.bodyBytes : receiver.unprotectRtp(bytes, 0, bytes.length);
          expect(length).toBe(one.headerBytes + one.descriptorBytes + one.bodyBytes);
          if (n === 0) continue; // expectRollover takes its own number for seen
          const source = one.isCached ? cached : traffic;
          const body = source.subarray(one.bodyOffset, one.bodyOffset + one.bodyBytes);
          expect(hexOf(bytes, 0, length)).toBe(
            hexOf(rtpPacket(1_000 + one.profile, n, one.headerBytes, one.descriptorBytes)) + hexOf(body),
          );
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('what the system still has of one batch does not change when another is sealed', () => {
  const kept: { view: Uint8Array; bytes: string }[] = [];
  const pool = {
    receiver: undefined,
    lost: 0,
    queuedDatagrams: 0,
    bind: () => 0,
    port: () => 1,
    close() {},
    send() {},
    sendLent(_socket: number, _to: unknown, view: Uint8Array) {
      kept.push({ view, bytes: hexOf(view) });
      this.queuedDatagrams += 1;
    },
    flush() {},
    end() {},
  };
  const driver = NodeMediaDriver.over(pool);
  const address = driver.addresses.intern(driver.bind('127.0.0.1', 0), IpEndpoint.of('127.0.0.1', 9)!);
  const batch = new SealBatch(256);
  const keys = PROFILES.map((profile) => driver.addKey(profile, masterOf(profile, 1)));
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 100; n++) {
      const head = rtpPacket(7, round * 100 + n, 12, 40);
      batch.heads.set(head, batch.headsUsed);
      batch.add(address, keys[n & 3]!, 0, head.length, 12, INBOX_SLAB, 0, n % 10 === 0 ? 3_000 : 500);
    }
    driver.send(batch);
  }
  driver.end();
  expect(kept.length).toBe(300);
  expect(kept.filter(({ view, bytes }) => hexOf(view) !== bytes)).toEqual([]);
  expect(new Set(kept.map(({ bytes }) => bytes)).size).toBe(300);
});

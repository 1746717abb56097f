import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../core/index.js';
import {
  copyExtensions,
  newExtensionIdMap,
  RtpPacketView,
  RtpPacketWriter,
  readMarker,
  readPayloadType,
  readRtpTimestamp,
  readSequenceNumber,
  readSsrc,
  remapExtensions,
  SequenceUnroller,
  TimestampUnroller,
  unwrapRtx,
  wrapRtx,
  writeMarker,
  writePayloadType,
  writeRtpTimestamp,
  writeSequenceNumber,
  writeSsrc,
} from './index.js';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

interface Packet {
  readonly form: 'one-byte' | 'two-byte';
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly rtpTimestamp: number;
  readonly ssrc: number;
  readonly csrcs: readonly number[];
  readonly extensions: readonly (readonly [number, Uint8Array])[];
  readonly payload: Uint8Array;
  readonly paddingBytes: number;
}

function packetOf(form: Packet['form'], maxId: number, maxBytes: number): fc.Arbitrary<Packet> {
  const value = fc.uint8Array({ minLength: form === 'one-byte' ? 1 : 0, maxLength: maxBytes });
  return fc.record({
    form: fc.constant(form),
    payloadType: fc.nat(127),
    marker: fc.boolean(),
    sequenceNumber: fc.nat(0xffff),
    rtpTimestamp: u32,
    ssrc: u32,
    csrcs: fc.array(u32, { maxLength: 15 }),
    extensions: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: maxId }), value), { maxLength: 6, selector: ([id]) => id }),
    payload: fc.uint8Array({ maxLength: 50 }),
    paddingBytes: fc.nat(255),
  });
}

const anyPacket = fc.oneof(packetOf('one-byte', 14, 16), packetOf('two-byte', 255, 40));

/** Writes `packet` at `offset`. */
function write(packet: Packet, bytes: Uint8Array, offset: number): number {
  const { payloadType, marker, sequenceNumber, rtpTimestamp, ssrc } = packet;
  const writer = new RtpPacketWriter().begin(
    bytes,
    offset,
    bytes.length,
    payloadType,
    marker,
    sequenceNumber,
    rtpTimestamp,
    ssrc,
    packet.form,
  );
  for (const one of packet.csrcs) writer.csrc(one);
  for (const [id, value] of packet.extensions) writer.copyExtension(id, value, 0, value.length);
  return writer.payload(packet.payload).finish(packet.paddingBytes);
}

function elementsOf(view: RtpPacketView): [number, Uint8Array][] {
  const found: [number, Uint8Array][] = [];
  view.rewindExtensions();
  while (view.nextExtension())
    found.push([view.elementId, view.bytes.slice(view.valueOffset, view.valueOffset + view.valueBytes)]);
  return found;
}

describe('a packet', () => {
  test('is read as it was written, wherever it lies', () => {
    const view = new RtpPacketView();
    fc.assert(
      fc.property(anyPacket, fc.nat(70), (packet, offset) => {
        const bytes = new Uint8Array(2_000).fill(0xcd);
        const length = write(packet, bytes, offset);
        expect(view.wrap(bytes, offset, length)).toBeUndefined();
        const { payloadType, marker, sequenceNumber, rtpTimestamp, ssrc, paddingBytes } = view;
        expect({ payloadType, marker, sequenceNumber, rtpTimestamp, ssrc, paddingBytes }).toEqual({
          payloadType: packet.payloadType,
          marker: packet.marker,
          sequenceNumber: packet.sequenceNumber,
          rtpTimestamp: packet.rtpTimestamp,
          ssrc: packet.ssrc,
          paddingBytes: packet.paddingBytes,
        });
        expect(Array.from({ length: view.csrcCount }, (_, i) => view.csrc(i))).toEqual(packet.csrcs);
        expect(view.payload()).toEqual(packet.payload);
        expect(elementsOf(view)).toEqual(packet.extensions);
        for (const [id, value] of packet.extensions) {
          expect(view.findExtension(id)).toBe(true);
          expect(view.bytes.slice(view.valueOffset, view.valueOffset + view.valueBytes)).toEqual(value);
        }
        for (const [id, value] of packet.extensions) expect(view.findExtension(id, value.length + 1)).toBe(false);
        expect(view.findExtension(0)).toBe(false);
      }),
    );
  });

  test('has fields that are rewritten where they are', () => {
    fc.assert(
      fc.property(
        anyPacket,
        u32,
        u32,
        fc.nat(0xffff),
        fc.nat(127),
        fc.boolean(),
        (packet, ssrc, time, sequence, type, marker) => {
          const bytes = new Uint8Array(2_000);
          const length = write(packet, bytes, 3);
          writeSsrc(bytes, 3, ssrc);
          writeRtpTimestamp(bytes, 3, time);
          writeSequenceNumber(bytes, 3, sequence);
          writePayloadType(bytes, 3, type);
          writeMarker(bytes, 3, marker);
          expect(readSsrc(bytes, 3)).toBe(ssrc);
          expect(readRtpTimestamp(bytes, 3)).toBe(time);
          expect(readSequenceNumber(bytes, 3)).toBe(sequence);
          expect(readPayloadType(bytes, 3)).toBe(type);
          expect(readMarker(bytes, 3)).toBe(marker);
          const view = new RtpPacketView();
          expect(view.wrap(bytes, 3, length)).toBeUndefined();
          expect(view.payload()).toEqual(packet.payload);
        },
      ),
    );
  });

  test('S-50: whatever the bytes, a view refuses them or stays inside', () => {
    const view = new RtpPacketView();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 90 }), fc.nat(30), (bytes, offset) => {
        if (bytes.length > offset) bytes[offset] = 0x80 | (bytes[offset]! & 0x3f);
        const length = Math.max(0, bytes.length - offset);
        if (view.wrap(bytes, offset, length)) return;
        expect(view.payloadBytes).toBeGreaterThanOrEqual(0);
        expect(view.payloadOffset + view.payloadBytes + view.paddingBytes).toBe(offset + length);
        view.rewindExtensions();
        for (let count = 0; view.nextExtension(); count++) {
          expect(view.valueOffset + view.valueBytes).toBeLessThanOrEqual(view.extensionOffset + view.extensionBytes);
          expect(count).toBeLessThan(90);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['rtp/header/truncated', '8060000100000000000000'],
    ['rtp/header/not-version-2', '406000010000000000000001'],
    ['rtp/header/csrcs-past-end', '8f60000100000000000000010000000a'],
    ['rtp/extension/past-end', '90600001000000000000000100'],
    ['rtp/extension/past-end', '906000010000000000000001bedeffff00000000'],
    ['rtp/padding/not-within-payload', 'a0600001000000000000000100'],
    ['rtp/padding/not-within-payload', 'a06000010000000000000001aabb04'],
    ['rtp/padding/not-within-payload', 'a06000010000000000000001'],
  ])('S-50: is refused for %s', (reason, bytes) => {
    expect(new RtpPacketView().wrap(Uint8Array.from(Buffer.from(bytes, 'hex')))).toEqual(Malformed.of(reason));
  });

  test('S-50: may be all padding, or have no payload at all', () => {
    const view = new RtpPacketView();
    expect(view.wrap(Uint8Array.from(Buffer.from('a06000010000000000000001000003', 'hex')))).toBeUndefined();
    expect([view.payloadBytes, view.paddingBytes]).toEqual([0, 3]);
    expect(view.wrap(Uint8Array.from(Buffer.from('806000010000000000000001', 'hex')))).toBeUndefined();
    expect(view.payloadBytes).toBe(0);
  });

  test('S-50: ends its one-byte elements at id 15, skips id 0, and passes padding over (RFC 8285 §4.2)', () => {
    const view = new RtpPacketView();
    view.wrap(
      Uint8Array.from(
        Buffer.from('906000010000000000000001bede0003' + '00' + '10aa' + '01bbbb' + '20cc' + 'f0dd' + '30ee', 'hex'),
      ),
    );
    expect(elementsOf(view)).toEqual([
      [1, Uint8Array.of(0xaa)],
      [2, Uint8Array.of(0xcc)],
    ]);
  });

  test('that does not fit, or says what its form cannot, is not written', () => {
    const writer = new RtpPacketWriter();
    const begin = (limit: number) => writer.begin(new Uint8Array(limit), 0, limit, 96, false, 1, 1, 1);
    expect(begin(11).finish()).toBe(0);
    expect(begin(13).payload(new Uint8Array(2)).finish()).toBe(0);
    expect(begin(30).finish(19)).toBe(0);
    expect(begin(100).extension(15, 1)).toBe(-1);
    expect(begin(100).extension(1, 17)).toBe(-1);
    expect(begin(100).extension(1, 0)).toBe(-1);
    expect(begin(100).payload(new Uint8Array(1)).csrc(1).finish()).toBe(0);
    const full = begin(100);
    for (let i = 0; i < 16; i++) full.csrc(i);
    expect(full.finish()).toBe(0);
  });
});

describe('header extensions on their way through', () => {
  test('S-57: what the receiver did not negotiate is blanked where it lies, the rest has the ids of the receiver', () => {
    const view = new RtpPacketView();
    fc.assert(
      fc.property(anyPacket, fc.array(fc.integer({ min: 0, max: 14 }), { minLength: 256, maxLength: 256 }), (packet, ids) => {
        const bytes = new Uint8Array(2_000);
        const length = write(packet, bytes, 0);
        const map = Uint8Array.from(ids);
        view.wrap(bytes, 0, length);
        remapExtensions(view, map);
        expect(view.wrap(bytes, 0, length)).toBeUndefined();
        const expected = packet.extensions.filter(([id]) => map[id] !== 0).map(([id, value]) => [map[id], value]);
        expect(elementsOf(view)).toEqual(expected);
        expect(view.payload()).toEqual(packet.payload);
        const let_through = expected.reduce((sum, [, value]) => sum + (value as Uint8Array).length, 0);
        const shown = bytes
          .subarray(view.extensionOffset, view.extensionOffset + view.extensionBytes)
          .filter((byte) => byte !== 0).length;
        expect(shown).toBeLessThanOrEqual(let_through + 2 * expected.length);
      }),
    );
  });

  test('S-57: an extension of a profile that nobody knows does not pass', () => {
    const bytes = Uint8Array.from(Buffer.from('906000010000000000000001abcd0001deadbeef01', 'hex'));
    const view = new RtpPacketView();
    view.wrap(bytes);
    expect(view.extensionForm).toBe('other');
    remapExtensions(view, newExtensionIdMap().fill(1));
    expect(Buffer.from(bytes).toString('hex')).toBe('906000010000000000000001abcd00010000000001');
  });

  test('may change their form when they are copied', () => {
    const view = new RtpPacketView();
    fc.assert(
      fc.property(packetOf('one-byte', 14, 16), (packet) => {
        const [from, to] = [new Uint8Array(2_000), new Uint8Array(2_000)];
        view.wrap(from, 0, write(packet, from, 0));
        const map = newExtensionIdMap();
        for (const [id] of packet.extensions) map[id] = id + 100;
        const writer = new RtpPacketWriter().begin(to, 0, to.length, 96, false, 1, 1, 1, 'two-byte');
        copyExtensions(view, map, writer);
        const length = writer.payload(packet.payload).finish();
        expect(view.wrap(to, 0, length)).toBeUndefined();
        expect(elementsOf(view)).toEqual(packet.extensions.map(([id, value]) => [id + 100, value]));
      }),
    );
  });
});

describe('retransmission (RFC 4588)', () => {
  test.each(['in place', 'into another slot', 'into another slab'])('of a packet, %s, is undone at the other end', (where) => {
    const view = new RtpPacketView();
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const bytes = new Uint8Array(4_000);
        const length = write(packet, bytes, 8);
        const original = bytes.slice(8, 8 + length);
        view.wrap(bytes, 8, length);
        const out = where === 'into another slab' ? new Uint8Array(4_000) : bytes;
        const at = where === 'in place' ? 8 : 2_000;
        const rtxBytes = wrapRtx(view, out, at, 97, 0x1234_5678, 500);
        expect(rtxBytes).toBe(length + 2);
        expect(view.wrap(out, at, rtxBytes)).toBeUndefined();
        expect([view.payloadType, view.ssrc, view.sequenceNumber]).toEqual([97, 0x1234_5678, 500]);
        expect(unwrapRtx(view, packet.payloadType, packet.ssrc)).toBe(true);
        expect(out.slice(at + 2, at + rtxBytes)).toEqual(original);
      }),
    );
  });

  test('of nothing is a probe, and not unwrapped', () => {
    const bytes = new Uint8Array(300);
    const length = new RtpPacketWriter().begin(bytes, 0, 300, 97, false, 1, 1, 1).finish(255);
    const view = new RtpPacketView();
    expect(view.wrap(bytes, 0, length)).toBeUndefined();
    expect(unwrapRtx(view, 96, 2)).toBe(false);
    expect(wrapRtx(view, new Uint8Array(268), 0, 97, 1, 1)).toBe(0);
  });
});

test('R-19: sequence numbers and timestamps unroll through every wrap, forwards and back', () => {
  const sequences = new SequenceUnroller();
  const times = new TimestampUnroller();
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -30_000, max: 30_000 }), { minLength: 50, maxLength: 200 }), (steps) => {
      sequences.reset();
      times.reset();
      let sequence = 65_000;
      let time = 2 ** 32 - 9_000;
      sequences.unroll(sequence);
      times.unroll(time);
      for (const step of steps) {
        const [nextSequence, nextTime] = [sequence + step, time + step * 60_000];
        if (nextTime < 0 || nextSequence < 0) continue;
        expect(sequences.peek(nextSequence & 0xffff)).toBe(nextSequence);
        expect(times.unroll(nextTime % 2 ** 32)).toBe(nextTime);
        if (nextSequence > sequence) sequences.unroll(nextSequence & 0xffff);
        sequence = Math.max(sequence, nextSequence);
        time = Math.max(time, nextTime);
      }
    }),
  );
});

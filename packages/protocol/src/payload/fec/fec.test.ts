import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RtpPacketView, RtpPacketWriter } from '../../rtp/index.js';
import { FecReceiver, type FecScheme, unwrapRed } from '../index.js';
import { concat } from '../testing/frames.js';

const SSRC = 0x1234_5678;

function packet(sequenceNumber: number, content: Uint8Array, marker = false): Uint8Array {
  const bytes = new Uint8Array(1_500);
  const writer = new RtpPacketWriter().begin(bytes, 0, 1_500, 96, marker, sequenceNumber, 90_000 + sequenceNumber, SSRC);
  writer.copyExtension(3, Uint8Array.of(1, 2), 0, 2).payload(content);
  return bytes.slice(0, writer.finish(content.length % 3));
}

/** A FEC payload over `packets`, which begin at `base`: written here by the RFC, as a sender would. */
function fecOver(scheme: FecScheme, base: number, packets: readonly Uint8Array[], all: readonly Uint8Array[]): Uint8Array {
  const dataBytes = Math.max(...packets.map(({ length }) => length - 12));
  const data = new Uint8Array(dataBytes);
  const header = new Uint8Array(8);
  let length = 0;
  for (const bytes of packets) {
    header[0]! ^= bytes[0]! & 0x3f;
    header[1]! ^= bytes[1]!;
    for (let i = 4; i < 8; i++) header[i]! ^= bytes[i]!;
    length ^= bytes.length - 12;
    for (const [i, byte] of bytes.subarray(12).entries()) data[i]! ^= byte;
  }
  const offsets = packets.map((bytes) => all.indexOf(bytes));
  const u16 = (value: number) => [value >> 8, value & 0xff];
  if (scheme === 'ulpfec') {
    const isLong = offsets.some((offset) => offset > 15);
    const mask = new Uint8Array(isLong ? 6 : 2);
    for (const offset of offsets) mask[offset >> 3]! |= 0x80 >> (offset & 7);
    const first = header[0]! | (isLong ? 0x40 : 0);
    return concat([first, header[1]!], u16(base), header.subarray(4), u16(length), u16(dataBytes), mask, data);
  }
  const masks = [new Uint8Array(2), new Uint8Array(4), new Uint8Array(8)];
  const starts = [0, 15, 46, 109];
  let last = 0;
  for (const offset of offsets) {
    const part = starts.findLastIndex((start) => offset >= start);
    const bit = 1 + offset - starts[part]!;
    masks[part]![bit >> 3]! |= 0x80 >> (bit & 7);
    last = Math.max(last, part);
  }
  masks[last]![0]! |= 0x80;
  const ssrc = [0x12, 0x34, 0x56, 0x78];
  return concat(
    header.subarray(0, 2),
    u16(length),
    header.subarray(4),
    [1, 0, 0, 0],
    ssrc,
    u16(base),
    ...masks.slice(0, last + 1),
    data,
  );
}

function packetsOf(contents: readonly Uint8Array[], first: number): Uint8Array[] {
  return contents.map((content, i) => packet((first + i) & 0xffff, content, i % 4 === 0));
}

describe.each<FecScheme>(['ulpfec', 'flexfec'])('%s', (scheme) => {
  const width = scheme === 'ulpfec' ? 48 : 109;
  const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 2, maxLength: width });

  test('one lost packet of those protected comes back as it was, whichever it is', () => {
    fc.assert(
      fc.property(contents, fc.nat(0xffff), fc.nat(), (made, first, dice) => {
        const all = packetsOf(made, first);
        const lost = dice % all.length;
        const receiver = new FecReceiver(scheme, SSRC);
        const got: Uint8Array[] = [];
        const fec = fecOver(scheme, first, all, all);
        const isFecFirst = dice % 2 === 0;
        const giveFec = () => expect(receiver.receiveFec(concat([0], fec, [0]), 1, fec.length)).toBeUndefined();
        if (isFecFirst && lost !== 0) receiver.receiveMedia(all[0]!, 0, all[0]!.length);
        if (isFecFirst) giveFec();
        all.forEach((bytes, i) => {
          if (i === lost) return;
          receiver.receiveMedia(concat([7], bytes), 1, bytes.length);
          receiver.drain((packetBytes) => got.push(new Uint8Array(packetBytes)));
        });
        if (!isFecFirst) giveFec();
        receiver.drain((packetBytes) => got.push(new Uint8Array(packetBytes)));
        expect(got).toEqual([all[lost]]);
        expect(receiver.counters).toEqual({ received: 1, recovered: 1, malformed: 0 });
      }),
      { numRuns: 60 },
    );
  });

  test('protection may come before anything it protects, around the wrap of sequence numbers too', () => {
    const all = packetsOf([Uint8Array.of(1), Uint8Array.of(2)], 65_535);
    const fec = fecOver(scheme, 65_535, all, all);
    const receiver = new FecReceiver(scheme, SSRC);
    const got: Uint8Array[] = [];
    receiver.receiveFec(fec, 0, fec.length);
    receiver.receiveMedia(all[1]!, 0, all[1]!.length);
    receiver.drain((packetBytes) => got.push(new Uint8Array(packetBytes)));
    expect(got).toEqual([all[0]]);
  });

  test('a recovered packet helps to recover another: rows and columns', () => {
    const all = packetsOf(
      [10, 20, 30, 40].map((size) => new Uint8Array(size).fill(size)),
      500,
    );
    const receiver = new FecReceiver(scheme, SSRC);
    const got: number[] = [];
    receiver.receiveMedia(all[3]!, 0, all[3]!.length);
    for (const indexes of [
      [0, 1],
      [1, 2],
      [2, 3],
    ]) {
      const fec = fecOver(
        scheme,
        500,
        indexes.map((i) => all[i]!),
        all,
      );
      receiver.receiveFec(fec, 0, fec.length);
    }
    receiver.drain((packetBytes) => got.push(all.findIndex((bytes) => Buffer.compare(bytes, packetBytes) === 0)));
    expect(got).toEqual([2, 1, 0]);
  });

  test('with two missing nothing is made up, and nothing when nothing is missing', () => {
    const all = packetsOf(
      [10, 20, 30].map((size) => new Uint8Array(size).fill(size)),
      500,
    );
    const fec = fecOver(scheme, 500, all, all);
    for (const present of [[0], [0, 1, 2]]) {
      const receiver = new FecReceiver(scheme, SSRC);
      for (const i of present) receiver.receiveMedia(all[i]!, 0, all[i]!.length);
      receiver.receiveFec(fec, 0, fec.length);
      receiver.drain(() => expect.unreachable());
      expect(receiver.counters.recovered).toBe(0);
    }
  });

  test('a length that the protection does not cover recovers nothing', () => {
    const all = packetsOf([new Uint8Array(30).fill(1), new Uint8Array(30).fill(2)], 500);
    const fec = fecOver(scheme, 500, all, all);
    const lengthAt = scheme === 'ulpfec' ? 8 : 2;
    fec[lengthAt] = 0xff;
    const receiver = new FecReceiver(scheme, SSRC);
    receiver.receiveMedia(all[0]!, 0, all[0]!.length);
    receiver.receiveFec(fec, 0, fec.length);
    receiver.drain(() => expect.unreachable());
  });

  test('whatever the bytes, receiving returns and never throws', () => {
    const bytes = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, fc.boolean(), fc.nat(300)), { maxLength: 30 }), (inputs) => {
        const receiver = new FecReceiver(scheme, SSRC);
        for (const [input, isFec, sequenceNumber] of inputs) {
          if (isFec) receiver.receiveFec(input, 0, input.length);
          else {
            const media = packet(sequenceNumber, input);
            receiver.receiveMedia(media, 0, media.length);
          }
          receiver.drain((packetBytes) => expect(packetBytes.length).toBeLessThanOrEqual(2_048));
        }
      }),
    );
  });
});

test('FlexFEC of another source, of several, or of a fixed mask is refused', () => {
  const all = packetsOf([new Uint8Array(9), new Uint8Array(9)], 1);
  const receiver = new FecReceiver('flexfec', SSRC);
  const altered = (at: number, value: number) => {
    const fec = fecOver('flexfec', 1, all, all);
    fec[at] = value;
    return receiver.receiveFec(fec, 0, fec.length)?.reason;
  };
  expect(altered(15, 0)).toBe('payload/fec/protects-another-source');
  expect(altered(8, 2)).toBe('payload/flexfec/not-one-source');
  expect(altered(0, 0x40)).toBe('payload/flexfec/not-a-flexible-mask');
  expect(receiver.counters.malformed).toBe(3);
});

test('a video packet comes out of RED as it went in', () => {
  const inner = packet(9, Uint8Array.of(1, 2, 3, 4));
  const view = new RtpPacketView();
  view.wrap(inner);
  const red = concat(inner.subarray(0, view.headerBytes), [96], inner.subarray(view.headerBytes));
  red[1] = 100;
  view.wrap(red);
  expect(unwrapRed(view)).toBe(96);
  expect(red.subarray(1)).toEqual(inner);
  const several = new Uint8Array(red);
  view.wrap(several);
  several[view.payloadOffset] = 0xe0;
  expect(unwrapRed(view)).toBe(-1);
});

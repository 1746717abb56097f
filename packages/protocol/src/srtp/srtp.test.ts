import { driver, nodeCrypto, pureCrypto } from '@maru/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SrtpReceiver, SrtpRefusal, SrtpSender } from './index.js';
import {
  ends,
  optionsOf,
  PROFILES,
  protectRtcp,
  protectRtp,
  type RtpShape,
  roomy,
  rtcp,
  rtp,
  unprotectRtcp,
  unprotectRtp,
} from './testing/packets.js';

const extension = fc.tuple(fc.integer({ min: 1, max: 14 }), fc.uint8Array({ minLength: 1, maxLength: 16 }));
const shape: fc.Arbitrary<RtpShape> = fc.record({
  ssrc: fc.integer({ min: 0, max: 0xffff_ffff }),
  csrcs: fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { maxLength: 15 }),
  extensions: fc.array(extension, { maxLength: 4 }),
  form: fc.constantFrom('one-byte', 'two-byte'),
  payload: fc.uint8Array({ maxLength: 1_400 }),
});
const protections = [{}, { encryptedExtensionIds: [1, 2, 3, 4, 5] }, { cryptex: true }];

describe.each(PROFILES)('%s', (profile) => {
  test.each(protections)('what is protected comes out as it went in, with %o', (more) => {
    fc.assert(
      fc.property(shape, fc.nat(0x7fff), (one, sequence) => {
        const { sender, receiver } = ends(profile, more);
        const packet = rtp(sequence, one);
        const sealed = protectRtp(sender, packet);
        const opened = unprotectRtp(receiver, sealed);
        if (opened instanceof Uint8Array && opened.length === packet.length) expect(opened).toEqual(packet);
        // Cryptex has added an extension to have a place to say so: the rest is the same.
        else expect(opened).toEqual(withEmptyExtension(packet));
      }),
      { numRuns: 60 },
    );
  });

  test('also from one slot of a slab into another, and nothing else is touched', () => {
    fc.assert(
      fc.property(shape, (one) => {
        const { sender, receiver } = ends(profile);
        const packet = rtp(5, one);
        const slab = new Uint8Array(8_192).fill(0xee);
        slab.set(packet, 100);
        const length = sender.protectRtp(slab, 100, packet.length, slab, 4_000);
        expect(slab.subarray(100, 100 + packet.length)).toEqual(packet);
        expect(slab[3_999]).toBe(0xee);
        expect(slab[4_000 + length]).toBe(0xee);
        expect(receiver.unprotectRtp(slab, 4_000, length, slab, 6_500)).toBe(packet.length);
        expect(slab.subarray(6_500, 6_500 + packet.length)).toEqual(packet);
        expect(slab[6_500 + packet.length]).toBe(0xee);
      }),
      { numRuns: 40 },
    );
  });

  test('RTCP comes out as it went in, with the index of each packet one more', () => {
    const { sender, receiver } = ends(profile);
    for (let i = 0; i < 5; i++) expect(unprotectRtcp(receiver, protectRtcp(sender, rtcp()))).toEqual(rtcp());
    expect(receiver.stats()).toMatchObject({ sources: 1, rtcpPackets: 5 });
  });

  test('a batch in a slab is what its packets are one by one', () => {
    const [one, many] = [ends(profile), ends(profile)];
    const slab = new Uint8Array(64 * 2_048);
    const descriptors = new Int32Array(3 * 64);
    for (let i = 0; i < 64; i++) {
      const packet = rtp(i, { payload: new Uint8Array(i * 20) });
      slab.set(packet, i * 2_048);
      descriptors.set([i * 2_048, packet.length, 77], 3 * i);
    }
    expect(many.sender.protectRtpBatch(slab, descriptors, 64)).toBe(64);
    for (let i = 0; i < 64; i++) {
      const sealed = protectRtp(one.sender, rtp(i, { payload: new Uint8Array(i * 20) }));
      expect(slab.slice(descriptors[3 * i], descriptors[3 * i]! + descriptors[3 * i + 1]!)).toEqual(sealed);
      expect(descriptors[3 * i + 2]).toBe(77);
    }
    slab[5 * 2_048 + 20]! ^= 1;
    expect(many.receiver.unprotectRtpBatch(slab, descriptors, 64)).toBe(63);
    expect(descriptors[3 * 5 + 1]).toBe(SrtpRefusal.unauthentic);
    expect(descriptors[3 * 63 + 1]).toBe(12 + 63 * 20);
  });

  test('through two wraps of the sequence number, lost and reordered within the window, everything arrives once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(99), { minLength: 200, maxLength: 200 }), fc.nat(0x7fff), (fates, start) => {
        const { sender, receiver } = ends(profile);
        const delayed: { readonly at: number; readonly packet: Uint8Array; readonly sequence: number }[] = [];
        let at = 0;
        for (let sequence = start; sequence < start + 140_000; sequence += 700, at++) {
          const fate = fates[at % fates.length]!;
          const packet = protectRtp(sender, rtp(sequence, { payload: new Uint8Array(4) }));
          if (fate >= 10) delayed.push({ at: at + (fate > 90 ? 1 : 0), packet, sequence });
        }
        // Numbers 700 apart: one place later is still within the window of 1,024.
        delayed.sort((a, b) => a.at - b.at);
        for (const { packet } of delayed) expect(unprotectRtp(receiver, packet)).toBeInstanceOf(Uint8Array);
        expect(receiver.stats()).toMatchObject({ rtpPackets: delayed.length });
      }),
      { numRuns: 5 },
    );
  });

  test('no bytes make a receiver throw or accept', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (bytes, isRtp) => {
        const { receiver } = ends(profile, { encryptedExtensionIds: [1], cryptex: true });
        if (bytes.length > 1 && isRtp) bytes[0] = 0x80 | (bytes[0]! & 0x1f);
        expect(receiver.unprotectRtp(bytes.slice(), 0, bytes.length)).toBeLessThan(0);
        expect(receiver.unprotectRtcp(bytes.slice(), 0, bytes.length)).toBeLessThan(0);
      }),
    );
  });

  test.runIf(driver.name === 'native')('both providers make the same bytes and read those of the other', () => {
    fc.assert(
      fc.property(shape, fc.constantFrom(...protections), (one, more) => {
        const [a, b] = [pureCrypto, nodeCrypto].map((crypto) => new SrtpSender(optionsOf(profile, more, crypto)));
        const packet = rtp(9, one);
        const sealed = protectRtp(a!, packet);
        expect(protectRtp(b!, packet)).toEqual(sealed);
        expect(protectRtcp(b!, rtcp())).toEqual(protectRtcp(a!, rtcp()));
        const opened = [pureCrypto, nodeCrypto].map((crypto) =>
          unprotectRtp(new SrtpReceiver(optionsOf(profile, more, crypto)), sealed),
        );
        expect(opened[0]).toBeInstanceOf(Uint8Array);
        expect(opened[0]).toEqual(opened[1]);
      }),
      { numRuns: 60 },
    );
  });
});

test('Cryptex hides the sources also where there is no extension to say so (RFC 9335 §5.1)', () => {
  const { sender, receiver } = ends('SRTP_AEAD_AES_128_GCM', { cryptex: true });
  const packet = rtp(3, { csrcs: [0x0102_0304, 0x0506_0708] });
  const sealed = protectRtp(sender, packet);
  expect(Buffer.from(sealed).includes(Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]))).toBe(false);
  expect(unprotectRtp(receiver, sealed)).toEqual(withEmptyExtension(packet));
});

test('a receiver that was not told of Cryptex leaves such a packet encrypted, and does not read it wrong', () => {
  const { sender } = ends('SRTP_AEAD_AES_128_GCM', { cryptex: true });
  const { receiver } = ends('SRTP_AEAD_AES_128_GCM');
  const sealed = protectRtp(sender, rtp(3, { extensions: [[1, Uint8Array.of(1)]] }));
  const opened = unprotectRtp(receiver, sealed);
  if (opened instanceof Uint8Array) expect(opened.subarray(12, 14)).toEqual(Uint8Array.of(0xc0, 0xde));
  else expect(opened).toBe(SrtpRefusal.unauthentic);
});

describe('a sender', () => {
  test('does not protect one index twice, whatever is in the packet', () => {
    const { sender } = ends('SRTP_AEAD_AES_128_GCM');
    protectRtp(sender, rtp(7));
    const again = roomy(rtp(7, { payload: Uint8Array.of(1, 2, 3) }));
    expect(sender.protectRtp(again, 0, again.length - 64)).toBe(SrtpRefusal.indexReused);
    protectRtp(sender, rtp(6)); // older, and never sent
    protectRtp(sender, rtp(2_000));
    const old = roomy(rtp(8));
    expect(sender.protectRtp(old, 0, old.length - 64)).toBe(SrtpRefusal.indexReused);
  });

  test('stops when a key has been used as often as it may be (RFC 3711 §9.2)', () => {
    const { sender } = ends('SRTP_AES128_CM_HMAC_SHA1_80');
    sender.resume(0xcafe_babe, { rolloverCounter: 0xffff_ffff, sequenceNumber: 0xfffe, nextRtcpIndex: 2 ** 31 - 1 });
    expect(protectRtp(sender, rtp(0xffff)).length).toBeGreaterThan(0);
    const [next, report] = [roomy(rtp(0)), roomy(rtcp())];
    expect(sender.protectRtp(next, 0, next.length - 64)).toBe(SrtpRefusal.keyExhausted);
    expect(protectRtcp(sender, rtcp()).length).toBeGreaterThan(0);
    expect(sender.protectRtcp(report, 0, 28)).toBe(SrtpRefusal.keyExhausted);
    expect(sender.stats().refused).toMatchObject({ keyExhausted: 2 });
  });

  test('never forgets a source, since that would begin its key stream anew: it refuses new ones', () => {
    const { sender } = ends('SRTP_AEAD_AES_128_GCM', { maxSources: 3 });
    for (let ssrc = 1; ssrc <= 3; ssrc++) protectRtp(sender, rtp(1, { ssrc }));
    const [more, report] = [roomy(rtp(1, { ssrc: 4 })), roomy(rtcp(5))];
    expect(sender.protectRtp(more, 0, more.length - 64)).toBe(SrtpRefusal.tooManySources);
    expect(sender.protectRtcp(report, 0, 28)).toBe(SrtpRefusal.tooManySources);
    expect(protectRtp(sender, rtp(2, { ssrc: 1 })).length).toBeGreaterThan(0);
  });

  test('says what does not fit and what is no packet', () => {
    const { sender } = ends('SRTP_AEAD_AES_128_GCM');
    const packet = rtp(1);
    expect(sender.protectRtp(packet.slice(), 0, packet.length)).toBe(SrtpRefusal.noRoom);
    expect(sender.protectRtp(new Uint8Array(40), 0, 20)).toBe(SrtpRefusal.malformed);
    expect(sender.protectRtcp(rtcp(), 0, 28)).toBe(SrtpRefusal.noRoom);
    expect(sender.protectRtcp(roomy(rtcp()), 0, 4)).toBe(SrtpRefusal.malformed);
    expect(sender.stats()).toMatchObject({ rtpPackets: 0, refused: { noRoom: 2, malformed: 2 } });
  });
});

test('keys and windows of the wrong size are a mistake of whoever makes them', () => {
  const master = { key: new Uint8Array(16), salt: new Uint8Array(14) };
  expect(() => new SrtpSender({ profile: 'SRTP_AEAD_AES_128_GCM', master, crypto: nodeCrypto })).toThrow('12 bytes');
  expect(() => ends('SRTP_AEAD_AES_128_GCM', { windowPackets: 64 })).toThrow('128');
});

/** The packet with an empty one-byte extension after its sources. */
function withEmptyExtension(packet: Uint8Array): Uint8Array {
  const at = 12 + 4 * (packet[0]! & 0x0f);
  const longer = new Uint8Array(packet.length + 4);
  longer.set(packet.subarray(0, at));
  longer.set([0xbe, 0xde, 0, 0], at);
  longer.set(packet.subarray(at), at + 4);
  longer[0]! |= 0x10;
  return longer;
}

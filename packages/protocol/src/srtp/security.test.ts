import { pureCrypto } from '@maru/node';
import { describe, expect, test } from 'vitest';
import { SrtpReceiver, SrtpRefusal } from './index.js';
import {
  ends,
  keysOf,
  optionsOf,
  PROFILES,
  protectRtcp,
  protectRtp,
  roomy,
  rtcp,
  rtp,
  unprotectRtcp,
  unprotectRtp,
} from './testing/packets.js';

/** What a receiver would say of itself, to see that refusals changed nothing but their counter. */
const memoryOf = (receiver: SrtpReceiver) => ({ ...receiver.stats(), refused: undefined });

describe.each(PROFILES)('%s', (profile) => {
  test('S-44: whatever byte is changed, nothing is accepted and nothing is remembered', () => {
    const { sender, receiver } = ends(profile);
    const first = protectRtp(sender, rtp(100, { extensions: [[1, Uint8Array.of(9)]] }));
    expect(unprotectRtp(receiver, first)).toBeInstanceOf(Uint8Array);
    const packet = protectRtp(sender, rtp(101, { extensions: [[1, Uint8Array.of(9)]] }));
    const before = memoryOf(receiver);
    for (let at = 0; at < packet.length; at++) {
      for (const bit of [1, 0x80]) {
        const forged = packet.slice();
        forged[at]! ^= bit;
        expect(unprotectRtp(receiver, forged)).toBeLessThan(0);
      }
    }
    expect(memoryOf(receiver)).toEqual(before);
    expect(unprotectRtp(receiver, packet)).toBeInstanceOf(Uint8Array);
  });

  test('S-44: no tag, half a tag, a tag of zeros, other keys, plain RTP: none is accepted', () => {
    const { sender, receiver } = ends(profile);
    const packet = protectRtp(sender, rtp(100));
    const overhead = packet.length - rtp(100).length;
    const otherKeys = new SrtpReceiver(optionsOf(profile, { master: keysOf(profile, 99) }));
    expect(unprotectRtp(receiver, packet.slice(0, -overhead))).toBeLessThan(0);
    expect(unprotectRtp(receiver, packet.slice(0, -overhead / 2))).toBeLessThan(0);
    expect(unprotectRtp(receiver, packet.fill(0, -overhead))).toBe(SrtpRefusal.unauthentic);
    expect(unprotectRtp(otherKeys, protectRtp(sender, rtp(101)))).toBe(SrtpRefusal.unauthentic);
    expect(unprotectRtp(receiver, rtp(100))).toBeLessThan(0);
    expect(receiver.stats()).toMatchObject({ sources: 0, rtpPackets: 0 });
  });

  test('S-44: RTCP with a byte changed, in the clear, or without the E bit is not accepted', () => {
    const { sender, receiver } = ends(profile);
    const packet = protectRtcp(sender, rtcp());
    for (let at = 0; at < packet.length; at++) {
      const forged = packet.slice();
      forged[at]! ^= 0x80;
      expect(unprotectRtcp(receiver, forged)).toBeLessThan(0);
    }
    expect(unprotectRtcp(receiver, rtcp())).toBeLessThan(0);
    expect(receiver.stats()).toMatchObject({ sources: 0, rtcpPackets: 0 });
    expect(receiver.stats().refused.unencrypted).toBeGreaterThan(0);
    expect(unprotectRtcp(receiver, packet)).toEqual(rtcp());
  });

  test('S-44: one end does not accept what the other direction of the call sent', () => {
    const there = ends(profile);
    const back = new SrtpReceiver(optionsOf(profile, { master: keysOf(profile, 50) }));
    expect(unprotectRtp(back, protectRtp(there.sender, rtp(1)))).toBe(SrtpRefusal.unauthentic);
  });

  test('S-45: 10,000 packets sent again are dropped, and the call goes on', () => {
    const { sender, receiver } = ends(profile);
    const sent = Array.from({ length: 10_000 }, (_, i) => protectRtp(sender, rtp(60_000 + i, { payload: new Uint8Array(3) })));
    for (const packet of sent) expect(unprotectRtp(receiver, packet)).toBeInstanceOf(Uint8Array);
    for (const packet of sent) expect(unprotectRtp(receiver, packet)).toBe(SrtpRefusal.replayed);
    expect(receiver.stats()).toMatchObject({ rtpPackets: 10_000, refused: { replayed: 10_000 } });
    expect(unprotectRtp(receiver, protectRtp(sender, rtp(70_000)))).toBeInstanceOf(Uint8Array);
  });

  test.each([128, 1_024])('S-45: a window of %i packets ends where it says', (windowPackets) => {
    for (const behind of [63, 64, windowPackets - 1, windowPackets]) {
      const { sender, receiver } = ends(profile, { windowPackets });
      const late = protectRtp(sender, rtp(5_000 - behind));
      for (const sequence of [4_000 - behind, 5_000]) unprotectRtp(receiver, protectRtp(ends(profile).sender, rtp(sequence)));
      const isWithin = behind < windowPackets;
      expect(unprotectRtp(receiver, late)).toEqual(isWithin ? rtp(5_000 - behind) : SrtpRefusal.replayed);
      expect(unprotectRtp(receiver, late)).toBe(SrtpRefusal.replayed);
    }
  });

  test('S-45: a packet from before the wrap comes after one from behind it, once', () => {
    const { sender, receiver } = ends(profile);
    const packets = [65_534, 65_535, 65_536, 65_537].map((sequence) => protectRtp(sender, rtp(sequence)));
    for (const i of [0, 2, 3, 1]) expect(unprotectRtp(receiver, packets[i]!)).toBeInstanceOf(Uint8Array);
    for (const packet of packets) expect(unprotectRtp(receiver, packet)).toBe(SrtpRefusal.replayed);
  });

  test('S-45: an SRTCP index counts once', () => {
    const { sender, receiver } = ends(profile);
    const sent = Array.from({ length: 200 }, () => protectRtcp(sender, rtcp()));
    for (const packet of sent) expect(unprotectRtcp(receiver, packet)).toEqual(rtcp());
    for (const packet of sent) expect(unprotectRtcp(receiver, packet)).toBe(SrtpRefusal.replayed);
  });

  test('S-46: 50,000 bad packets are counted, cost at most 15 us each, and the next good one is heard', () => {
    const { sender } = ends(profile);
    const receiver = new SrtpReceiver(optionsOf(profile, {}, pureCrypto));
    unprotectRtp(receiver, protectRtp(sender, rtp(1)));
    const forged = protectRtp(sender, rtp(2, { payload: new Uint8Array(1_160) }));
    const bytes = new Uint8Array(forged.length);
    let leastUs = Infinity; // of ten batches: what else the machine does is not ours
    for (let batch = 0; batch < 10; batch++) {
      const startedAt = performance.now();
      for (let i = 0; i < 5_000; i++) {
        bytes.set(forged);
        bytes[40] = i | 1;
        bytes[3] = 3 + (i & 63);
        receiver.unprotectRtp(bytes, 0, bytes.length);
      }
      leastUs = Math.min(leastUs, ((performance.now() - startedAt) * 1_000) / 5_000);
    }
    expect(leastUs).toBeLessThan(15);
    expect(receiver.stats()).toMatchObject({ sources: 1, rtpPackets: 1, refused: { unauthentic: 50_000 } });
    expect(unprotectRtp(receiver, protectRtp(sender, rtp(200)))).toBeInstanceOf(Uint8Array);
  });

  test('S-47: a first packet from before a wrap is lost with nineteen others, and the stream is heard all the same', () => {
    const { sender, receiver } = ends(profile);
    const packets = Array.from({ length: 40 }, (_, i) => protectRtp(sender, rtp(65_530 + i)));
    for (const packet of packets.slice(20)) expect(unprotectRtp(receiver, packet)).toBeInstanceOf(Uint8Array);
  });

  test.each([40_000, 60_000, 70_000, 90_000])('S-47: after a gap of %i packets the stream is heard within a second', (gap) => {
    const { sender, receiver } = ends(profile);
    for (let i = 0; i < 5; i++) unprotectRtp(receiver, protectRtp(sender, rtp(1_000 + i)));
    for (let i = 0; i < gap; i += 500) protectRtp(sender, rtp(1_005 + i)); // lost
    const after = Array.from({ length: 50 }, (_, i) => unprotectRtp(receiver, protectRtp(sender, rtp(1_005 + gap + i))));
    expect(after.filter((one) => typeof one === 'number').length).toBeLessThanOrEqual(8);
    expect(after.at(-1)).toEqual(rtp(1_054 + gap));
  });

  test('S-47: a sender whose numbers jump 30,000 back, which is 35,536 on, is heard', () => {
    const { sender, receiver } = ends(profile);
    for (const sequence of [40_000, 40_001]) unprotectRtp(receiver, protectRtp(sender, rtp(sequence)));
    sender.resume(0xcafe_babe, { rolloverCounter: 1, sequenceNumber: 9_999 });
    expect(unprotectRtp(receiver, protectRtp(sender, rtp(10_000)))).toBeInstanceOf(Uint8Array);
  });

  test('S-47: who joins after three rollovers is told, and hears', () => {
    const { sender, receiver } = ends(profile);
    sender.resume(0xcafe_babe, { rolloverCounter: 3, sequenceNumber: 500 });
    const packet = protectRtp(sender, rtp(501));
    expect(unprotectRtp(receiver, packet)).toBe(SrtpRefusal.unauthentic);
    receiver.expectRollover(0xcafe_babe, sender.rolloverCounterOf(0xcafe_babe)!, 500);
    expect(unprotectRtp(receiver, packet)).toBeInstanceOf(Uint8Array);
  });

  test('S-47: forged packets with numbers far ahead never move the rollover counter', () => {
    const { sender, receiver } = ends(profile);
    unprotectRtp(receiver, protectRtp(sender, rtp(60_000)));
    for (let sequence = 0; sequence < 65_536; sequence += 50) unprotectRtp(receiver, roomy(rtp(sequence)));
    expect(receiver.stats()).toMatchObject({ rtpPackets: 1, sources: 1 });
    for (let i = 1; i < 40; i++) expect(unprotectRtp(receiver, protectRtp(sender, rtp(60_000 + i)))).toBeInstanceOf(Uint8Array);
  });

  test('S-49: an authentic peer with 2,000 sources holds state of 64, and the ones in use keep theirs', () => {
    const { sender, receiver } = ends(profile, { maxSources: 64 });
    const peer = ends(profile, { maxSources: 3_000 }).sender;
    const kept = Array.from({ length: 300 }, (_, i) => protectRtp(sender, rtp(65_400 + i, { ssrc: 1 })));
    for (let ssrc = 2; ssrc < 2_002; ssrc++) {
      if (ssrc % 10 === 0) expect(unprotectRtp(receiver, kept[ssrc / 10]!)).toBeInstanceOf(Uint8Array);
      unprotectRtp(receiver, protectRtp(peer, rtp(1, { ssrc })));
      unprotectRtcp(receiver, protectRtcp(peer, rtcp(ssrc)));
      expect(receiver.stats().sources).toBeLessThanOrEqual(64);
    }
    expect(unprotectRtp(receiver, kept[1]!)).toBe(SrtpRefusal.replayed);
  });
});

test('S-50: headers that lie about themselves are refused before anything is decrypted', () => {
  const { receiver } = ends('SRTP_AEAD_AES_128_GCM');
  const packet = new Uint8Array(60);
  packet.set([0x8f, 96, 0, 1]); // fifteen sources in 60 bytes
  expect(receiver.unprotectRtp(packet, 0, 60)).toBe(SrtpRefusal.malformed);
  packet.set([0x90, 96, 0, 1]);
  packet.set([0xbe, 0xde, 0xff, 0xff], 12); // an extension of 262 KB
  expect(receiver.unprotectRtp(packet, 0, 60)).toBe(SrtpRefusal.malformed);
  expect(receiver.unprotectRtp(packet, 0, 11)).toBe(SrtpRefusal.malformed);
});

test('S-51: RTCP too short for its trailer is refused', () => {
  for (const profile of PROFILES) {
    const { receiver } = ends(profile);
    const packet = new Uint8Array(40);
    packet[0] = 0x80;
    for (let length = 0; length < 22; length++) expect(receiver.unprotectRtcp(packet, 0, length)).toBe(SrtpRefusal.malformed);
  }
});

test('S-57: with Cryptex, and with RFC 6904, no value of an extension goes out readable', () => {
  const secret = Uint8Array.from([0xde, 0xad, 0xbe, 0xef, 0x12, 0x34]);
  for (const more of [{ cryptex: true }, { encryptedExtensionIds: [3] }]) {
    for (const profile of PROFILES) {
      const { sender } = ends(profile, more);
      const sealed = Buffer.from(protectRtp(sender, rtp(1, { extensions: [[3, secret]] })));
      expect(sealed.includes(Buffer.from(secret))).toBe(false);
    }
  }
});

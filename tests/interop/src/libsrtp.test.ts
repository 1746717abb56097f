import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driver, nodeCrypto, pureCrypto } from '@maru/node';
import { type CryptoProvider, SeededRandom, SRTP_PROFILES, type SrtpProfile } from '@maru/protocol/core';
import { RtpPacketWriter } from '@maru/protocol/rtp';
import { SrtpReceiver, SrtpSender } from '@maru/protocol/srtp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** libsrtp2 of Debian, through a small program that is compiled here: what we make it must make, byte for byte, and read. */
const folder = mkdtempSync(join(tmpdir(), 'maru-libsrtp-'));
const peer = join(folder, 'libsrtp-peer');

beforeAll(() => {
  execFileSync('gcc', ['-O1', '-o', peer, join(import.meta.dirname, 'harness/libsrtp-peer.c'), '-lsrtp2']);
});
afterAll(() => rmSync(folder, { recursive: true }));

type Operation = 'P' | 'U' | 'p' | 'u';

interface Options {
  readonly profile: SrtpProfile;
  readonly master: { readonly key: Uint8Array; readonly salt: Uint8Array };
  readonly encryptedExtensionIds: readonly number[];
}

/** What libsrtp makes of the packets, one after the other; undefined for those that it refuses. */
function libsrtp(
  { profile, master, encryptedExtensionIds }: Options,
  packets: readonly (readonly [Operation, Uint8Array])[],
): (Buffer | undefined)[] {
  const input = Buffer.concat(
    packets.flatMap(([operation, { length }], i) => [Buffer.from(operation), Buffer.from([length >> 8, length]), packets[i]![1]]),
  );
  const key = Buffer.concat([master.key, master.salt]).toString('hex');
  const ids = encryptedExtensionIds.map(String);
  const output = execFileSync(peer, [String(SRTP_PROFILES[profile].code), key, ...ids], {
    input,
    maxBuffer: 64e6,
    timeout: 30_000,
  });
  const made: (Buffer | undefined)[] = [];
  for (let at = 0; at < output.length; ) {
    const length = output.readUInt16BE(at + 1);
    made.push(output[at] === 0 ? output.subarray(at + 3, at + 3 + length) : undefined);
    at += 3 + length;
  }
  return made;
}

const random = new SeededRandom(20_261_121);

function optionsOf(profile: SrtpProfile, encryptedExtensionIds: readonly number[]): Options {
  const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
  const [key, salt] = [new Uint8Array(keyBytes), new Uint8Array(saltBytes)];
  random.fill(key);
  random.fill(salt);
  return { profile, master: { key, salt }, encryptedExtensionIds };
}

/** Packets of two sources, of all sizes, with sources and extensions, through a wrap and with some reordering. */
function someRtp(): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let i = 0; i < 400; i++) {
    const bytes = new Uint8Array(1_600);
    const sequence = (65_300 + (i % 7 === 3 ? i - 2 : i) + (i % 7 === 1 ? 2 : 0)) & 0xffff;
    const writer = new RtpPacketWriter().begin(
      bytes,
      0,
      1_600,
      96,
      i % 5 === 0,
      sequence,
      i * 3_000,
      i % 2 ? 0xcafe_babe : 0x0102_0304,
    );
    for (let j = 0; j < i % 4; j++) writer.csrc(random.uint32());
    for (let id = 1; id <= i % 5; id++) writer.copyExtension(id, Uint8Array.of(1, 2, 3, id), 0, id);
    const payload = new Uint8Array((i * 37) % 1_400);
    random.fill(payload);
    packets.push(bytes.slice(0, writer.payload(payload).finish()));
  }
  return packets;
}

function someRtcp(): Uint8Array[] {
  return Array.from({ length: 60 }, (_, i) => {
    const bytes = new Uint8Array(8 + 4 * (i % 40));
    random.fill(bytes);
    bytes.set([0x80, 201, 0, 1 + (i % 40), 0xca, 0xfe, 0xba, 0xbe]);
    return bytes;
  });
}

const PROVIDERS: (readonly [string, CryptoProvider])[] = [
  ['pure', pureCrypto],
  ...(driver.name === 'native' ? [['native', nodeCrypto] as const] : []),
];
const CASES = Object.keys(SRTP_PROFILES).flatMap((profile) =>
  [[], [1, 3, 4]].flatMap((ids) => PROVIDERS.map(([name, crypto]) => [profile as SrtpProfile, name, ids, crypto] as const)),
);

describe.each(CASES)('%s, %s, encrypted extensions %j', (profile, _, ids, crypto) => {
  test('we make the bytes that libsrtp makes, and each reads the other', () => {
    const options = optionsOf(profile, ids);
    const packets = someRtp();
    const theirs = libsrtp(
      options,
      packets.map((packet) => ['P', packet] as const),
    );
    const sender = new SrtpSender({ ...options, crypto });
    const ours = packets.map((packet) => protect(packet, (bytes) => sender.protectRtp(bytes, 0, packet.length)));
    for (let i = 0; i < packets.length; i++) expect(hexOf(ours[i])).toBe(hexOf(theirs[i]));
    const readByThem = libsrtp(
      options,
      ours.filter((one) => one !== undefined).map((one) => ['U', one] as const),
    );
    expect(readByThem.map(hexOf)).toEqual(packets.filter((_one, i) => ours[i]).map(hexOf));
    const receiver = new SrtpReceiver({ ...options, crypto });
    for (const [i, sealed] of theirs.entries()) {
      if (!sealed) continue;
      const bytes = new Uint8Array(sealed);
      expect(hexOf(bytes.subarray(0, receiver.unprotectRtp(bytes, 0, bytes.length)))).toBe(hexOf(packets[i]));
    }
  });

  test('RTCP likewise; libsrtp counts from 1, we from 0 (RFC 3711 §3.4)', () => {
    const options = optionsOf(profile, ids);
    const packets = someRtcp();
    const theirs = libsrtp(
      options,
      packets.map((packet) => ['p', packet] as const),
    );
    const sender = new SrtpSender({ ...options, crypto });
    sender.resume(0xcafe_babe, { rolloverCounter: 0, sequenceNumber: 0, nextRtcpIndex: 1 });
    const ours = packets.map((packet) => protect(packet, (bytes) => sender.protectRtcp(bytes, 0, packet.length)));
    for (let i = 0; i < packets.length; i++) expect(hexOf(ours[i])).toBe(hexOf(theirs[i]));
    expect(
      libsrtp(
        options,
        ours.map((one) => ['u', one!] as const),
      ),
    ).toEqual(packets.map((one) => Buffer.from(one)));
    const receiver = new SrtpReceiver({ ...options, crypto });
    for (const [i, sealed] of theirs.entries()) {
      const bytes = new Uint8Array(sealed!);
      expect(hexOf(bytes.subarray(0, receiver.unprotectRtcp(bytes, 0, bytes.length)))).toBe(hexOf(packets[i]));
    }
  });
});

const hexOf = (bytes: Uint8Array | undefined): string => (bytes ? Buffer.from(bytes).toString('hex') : 'refused');

/** The protected packet; undefined where it was refused. */
function protect(packet: Uint8Array, run: (bytes: Uint8Array) => number): Uint8Array | undefined {
  const bytes = new Uint8Array(packet.length + 32);
  bytes.set(packet);
  const length = run(bytes);
  return length < 0 ? undefined : bytes.slice(0, length);
}

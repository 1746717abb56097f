import { once } from 'node:events';
import { type GeneratedCertificate, generateCertificate, nodeCrypto } from '@maru/node';
import { type FingerprintHash, fingerprintOf, type LocalCertificate } from '@maru/protocol/dtls';
import { type RTCCertificate, RTCPeerConnection } from '@maru/webrtc';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Intrusion } from './dtls-intruder.js';
import { HouseImpostor, type Impostor, intercept, LyingClient } from './impostor.js';
import { type CallOptions, endOf, LiveCall, onlyReachableAt } from './live-call.js';
import { Relay } from './relay.js';

const Alert = {
  unexpectedMessage: 10,
  handshakeFailure: 40,
  badCertificate: 42,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
};

/** What a and b are to each other in earnest, and what an attacker may know of it: certificates pass in the clear. */
let honest: { readonly a: RTCCertificate; readonly b: RTCCertificate; readonly derOfA: Uint8Array; readonly derOfB: Uint8Array };
let attackers: GeneratedCertificate;

let relay: Relay;
let call: LiveCall | undefined;
let impostors: { a?: Impostor; b?: Impostor };

beforeAll(async () => {
  const generate = (): Promise<RTCCertificate> => RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' });
  const [a, b] = await Promise.all([generate(), generate()]);
  attackers = await generateCertificate();
  const earlier = await LiveCall.open({ a: { certificates: [a] }, b: { certificates: [b] } });
  const shownTo = (pc: RTCPeerConnection): Uint8Array => new Uint8Array(pc.sctp!.transport.getRemoteCertificates()[0]!);
  honest = { a, b, derOfA: shownTo(earlier.b), derOfB: shownTo(earlier.a) };
  earlier.close();
});

beforeEach(async () => {
  relay = await Relay.open('0.0.0.0');
});

afterEach(() => {
  for (const impostor of Object.values(impostors ?? {})) impostor.stop();
  call?.close();
  call = undefined;
  relay.close();
});

/** Begins a call through the relay and its impostors; signalling may be tampered with besides. */
async function begin(present: { a?: Impostor; b?: Impostor } | undefined, tampering: CallOptions = {}): Promise<LiveCall> {
  impostors = present ?? {};
  if (present) intercept(relay, present);
  const { offer = (same) => same, answer = (same) => same } = tampering;
  call = await LiveCall.begin({
    a: { certificates: [honest.a] },
    b: { certificates: [honest.b] },
    offer: (sdp) => onlyReachableAt(offer(sdp), relay.portFor('b')),
    answer: (sdp) => onlyReachableAt(answer(sdp), relay.portFor('a')),
    described: (a, b) => relay.between(a, b),
  });
  return call;
}

const line = (der: Uint8Array, hash: FingerprintHash = 'sha-256'): string => {
  const { algorithm, value } = fingerprintOf(nodeCrypto, der, hash);
  return `a=fingerprint:${algorithm} ${value}`;
};

/** A fingerprint by a hash that nobody should trust, of a certificate that is really the attacker's. */
const weakLine = (algorithm: 'sha-1' | 'md5', der: Uint8Array): string => {
  const hex = Buffer.from(nodeCrypto.hash(algorithm, der)).toString('hex').toUpperCase();
  return `a=fingerprint:${algorithm} ${hex.match(/../g)!.join(':')}`;
};

const fingerprints =
  (...lines: string[]) =>
  (sdp: string): string =>
    sdp.replace(/a=fingerprint:.*/, lines.join('\r\n')).replace(/^\r\n/gm, '');

/** No keys, and no channel, at either end. */
function expectNothingOpened(): void {
  const { a, b } = call!;
  expect(call!.hasOpened).toBe(false);
  expect(call!.channel.readyState).not.toBe('open');
  expect([a.sctp?.transport.state, b.sctp?.transport.state]).not.toContain('connected');
}

describe('S-30: a man in the middle with a certificate of his own', () => {
  /** a offers, so it is the DTLS server: who meets it plays the client. */
  const impostorBefore = (victim: 'a' | 'b'): HouseImpostor =>
    new HouseImpostor(relay, victim, victim === 'a' ? 'client' : 'server', attackers);

  test('a) is found out by both ends before there are keys or data', async () => {
    const [beforeA, beforeB] = [impostorBefore('a'), impostorBefore('b')];
    const { a, b } = await begin({ a: beforeA, b: beforeB });
    expect(await call!.ended()).toEqual(['failed', 'failed']);
    expect([a, b].map((pc) => pc.sctp!.transport.state)).toEqual(['failed', 'failed']);
    expect(await Promise.all([beforeA.alert, beforeB.alert])).toEqual([Alert.badCertificate, Alert.badCertificate]);
    expect([beforeA, beforeB].map(({ hasConnected }) => hasConnected)).toEqual([false, false]);
    expectNothingOpened();
  });

  test.each(['a', 'b'] as const)('a) says at %s that it was the fingerprint', async (victim) => {
    await begin({ [victim]: impostorBefore(victim) });
    const [event] = await once(call![victim].sctp!.transport, 'error', { signal: AbortSignal.timeout(60_000) });
    expect(event.error.errorDetail).toBe('fingerprint-failure');
    expectNothingOpened();
  });

  test.each([
    ['e) as the last word of a handshake is the attacker’s, and nothing is left to send', 'b'],
    ['e) as the last word is the victim’s', 'a'],
  ] as const)('%s', async (_what, victim) => {
    const impostor = impostorBefore(victim);
    await begin({ [victim]: impostor });
    expect(await endOf(call![victim])).toBe('failed');
    expect([await impostor.alert, impostor.hasConnected]).toEqual([Alert.badCertificate, false]);
    expectNothingOpened();
  });

  test('b) who takes the fingerprint out of a description: it is refused, and no DTLS leaves', async () => {
    const none = (sdp: string): string => sdp.replace(/a=fingerprint:.*\r\n/g, '');
    for (const tampering of [{ offer: none }, { answer: none }]) {
      await expect(begin({ a: impostorBefore('a'), b: impostorBefore('b') }, tampering)).rejects.toMatchObject({
        name: 'InvalidAccessError',
      });
    }
    expect(relay.seen.filter(({ bytes: [first = 0] }) => first >= 20)).toEqual([]);
  });

  test('c) several fingerprints, one of them right: the honest call opens', async () => {
    const wrong = line(attackers.chain[0]!);
    await begin(undefined, {
      offer: fingerprints(wrong, line(honest.derOfA)),
      answer: fingerprints(line(honest.derOfB), wrong),
    });
    await call!.opened();
    await call!.echo();
  });

  test.each<[string, (honestDer: Uint8Array, evilDer: Uint8Array) => string[]]>([
    ['c) his among them, but by a weaker hash than the honest one', (good, evil) => [line(evil), line(good, 'sha-512')]],
    ['c) his by SHA-1 beside the honest one', (good, evil) => [weakLine('sha-1', evil), line(good)]],
    ['d) his alone, by SHA-1', (_, evil) => [weakLine('sha-1', evil)]],
    ['d) his alone, by MD5', (_, evil) => [weakLine('md5', evil)]],
  ])('%s: both ends fail', async (_what, lines) => {
    const [beforeA, beforeB] = [impostorBefore('a'), impostorBefore('b')];
    const evil = attackers.chain[0]!;
    await begin(
      { a: beforeA, b: beforeB },
      {
        offer: fingerprints(...lines(honest.derOfA, evil)),
        answer: fingerprints(...lines(honest.derOfB, evil)),
      },
    );
    expect(await call!.ended()).toEqual(['failed', 'failed']);
    expect([beforeA, beforeB].map(({ hasConnected }) => hasConnected)).toEqual([false, false]);
    expectNothingOpened();
  });

  test.each(['offer', 'answer'] as const)(
    'f) who changes it in a later %s of the same ICE generation: refused, and the call goes on',
    async (which) => {
      await begin(undefined);
      await call!.opened();
      await call!.concluded();
      const before = call!.standing();
      await expect(call!.negotiate({ [which]: fingerprints(line(attackers.chain[0]!)) })).rejects.toMatchObject({
        name: 'InvalidAccessError',
      });
      await call!.echo();
      expect(call!.standing()).toEqual(before);
    },
  );
});

describe('S-31: who shows the right certificate and has not its key', () => {
  const own = (): Intrusion => ({
    chain: attackers.chain,
    sign: (transcript) => attackers.key.sign('ecdsa-secp256r1-sha256', transcript),
  });
  const vouched = { answer: (sdp: string) => fingerprints(line(attackers.chain[0]!))(sdp) };
  const stolen = (): readonly Uint8Array[] => [honest.derOfB];

  test('the liar is good enough: with a key of its own, that signalling vouches for, it is accepted', async () => {
    const liar = new LyingClient(relay, own());
    const { a } = await begin({ a: liar }, vouched);
    expect(await liar.outcome).toBe('accepted');
    const { transport } = a.sctp!;
    while (transport.state !== 'connected') await once(transport, 'statechange');
  });

  test.each<[string, () => Intrusion, number]>([
    ['no CertificateVerify (CVE-2022-29222)', () => ({ chain: stolen() }), Alert.unexpectedMessage],
    ['a signature of zeros', () => ({ chain: stolen(), sign: () => new Uint8Array(70) }), Alert.decryptError],
    ['no signature', () => ({ chain: stolen(), sign: () => new Uint8Array(0) }), Alert.decryptError],
    ['a signature by another key', () => ({ ...own(), chain: stolen() }), Alert.decryptError],
    ['an empty Certificate', () => ({ ...own(), chain: [] }), Alert.handshakeFailure],
    ['an empty Certificate, and nothing signed', () => ({ chain: [] }), Alert.handshakeFailure],
    ['no Certificate at all', () => ({ chain: [], hidesCertificate: true }), Alert.unexpectedMessage],
    ['a chain that is no DER', () => ({ ...own(), chain: [new Uint8Array(100).fill(0x30)] }), Alert.badCertificate],
  ])('%s: the server sends its alert, and nothing opens', async (_what, intrusion, alert) => {
    const liar = new LyingClient(relay, intrusion());
    const { a } = await begin({ a: liar });
    expect(await liar.outcome).toEqual({ alert });
    expect(await endOf(a)).toBe('failed');
    expect(a.sctp!.transport.state).toBe('failed');
    expectNothingOpened();
  });

  test.each<[string, () => Intrusion, number]>([
    [
      'a signature over another transcript',
      () => ({ ...own(), sign: (transcript) => own().sign!(transcript.subarray(1)) }),
      Alert.decryptError,
    ],
    [
      'a point of another curve',
      () => ({ ...own(), publicKey: nodeCrypto.keyAgreement('secp384r1').publicKey }),
      Alert.illegalParameter,
    ],
    [
      'a point off the curve',
      () => ({ ...own(), publicKey: Uint8Array.of(4, ...new Uint8Array(64).fill(1)) }),
      Alert.illegalParameter,
    ],
  ])('even whom signalling vouches for, with %s, gets an alert and no keys', async (_what, intrusion, alert) => {
    const liar = new LyingClient(relay, intrusion());
    const { a } = await begin({ a: liar }, vouched);
    expect(await liar.outcome).toEqual({ alert });
    expect(a.sctp!.transport.state).not.toBe('connected');
    expectNothingOpened();
  });

  const signedWith = (sign: LocalCertificate['key']['sign'], chain = [honest.derOfA]): LocalCertificate => ({
    chain,
    key: { ...attackers.key, schemes: attackers.key.schemes, publicKeyDer: attackers.key.publicKeyDer, sign },
  });

  test.each<[string, () => LocalCertificate, number]>([
    [
      'a ServerKeyExchange signed by another key',
      () => signedWith((scheme, data) => attackers.key.sign(scheme, data)),
      Alert.decryptError,
    ],
    ['a signature of zeros', () => signedWith(() => new Uint8Array(70)), Alert.decryptError],
    ['an empty Certificate', () => signedWith((scheme, data) => attackers.key.sign(scheme, data), []), Alert.decodeError],
  ])(
    'the other way round, a server with %s: the client sends its alert, and nothing opens',
    async (_what, certificate, alert) => {
      const impostor = new HouseImpostor(relay, 'b', 'server', certificate());
      const { b } = await begin({ b: impostor });
      expect(await endOf(b)).toBe('failed');
      expect([await impostor.alert, impostor.hasConnected]).toEqual([alert, false]);
      expectNothingOpened();
    },
  );
});

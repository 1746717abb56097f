import { SeededRandom } from '@maru/protocol/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SILENT_PAIR_LOG } from '../inspector/pair-log.js';
import { FakePeerConnection } from '../testing/fake-peer-connection.js';
import { settle } from '../testing/virtual-clock.js';
import { Negotiator } from './negotiator.js';

type Signal = { description: RTCSessionDescriptionInit } | { candidate: RTCIceCandidateInit | null };

/** Two browsers that negotiate over a line that keeps the order and takes its time. */
function twoPeers(seed = 1) {
  const random = new SeededRandom(seed);
  const errors: unknown[] = [];
  const side = (polite: boolean) => {
    const connection = new FakePeerConnection(() => random.uint32() % 6);
    const line: Signal[] = [];
    const pc = connection as unknown as RTCPeerConnection; // it behaves as one as far as the negotiator looks
    const negotiator = new Negotiator(
      pc,
      polite,
      {
        sendDescription: ({ type, sdp }) => line.push({ description: { type, sdp } }),
        sendCandidate: (candidate) => line.push({ candidate: candidate?.toJSON() ?? null }),
        beforeAnswer: () => undefined,
        broke: (error) => errors.push(error),
      },
      SILENT_PAIR_LOG,
    );
    return { connection, negotiator, line };
  };
  const [anna, bert] = [side(false), side(true)];
  const deliver = (from: typeof anna, to: typeof anna): void => {
    const signal = from.line.shift();
    if (!signal) return;
    if ('description' in signal) void to.negotiator.receiveDescription(signal.description, () => undefined);
    else void to.negotiator.receiveCandidate(signal.candidate);
  };
  return {
    anna,
    bert,
    errors,
    random,
    deliver,
    /** Until nobody has anything to say. */
    async finish() {
      for (let idle = 0; idle < 3; ) {
        deliver(anna, bert);
        deliver(bert, anna);
        await settle();
        idle = anna.line.length + bert.line.length === 0 ? idle + 1 : 0;
      }
    },
  };
}

function expectAgreement({ anna, bert, errors }: ReturnType<typeof twoPeers>): void {
  expect(errors).toEqual([]);
  expect([anna.connection.signalingState, bert.connection.signalingState]).toEqual(['stable', 'stable']);
  expect(anna.connection.agreement).toBe(bert.connection.agreement);
  for (const { connection } of [anna, bert]) for (const { mid } of connection.transceivers) expect(mid).not.toBeNull();
  expect(anna.connection.transceivers.length).toBe(bert.connection.transceivers.length);
}

test.each([
  ['the impolite side', 'anna'],
  ['the polite side', 'bert'],
] as const)('%s offers and the other answers', async (_, who) => {
  const peers = twoPeers();
  peers[who].connection.addTransceiver('audio');
  await settle();
  await peers.finish();
  expectAgreement(peers);
  expect(peers.anna.connection.rollbacks + peers.bert.connection.rollbacks).toBe(0);
});

test('when both offer at once, the polite side gives way, and both get what they wanted', async () => {
  const peers = twoPeers();
  peers.anna.connection.addTransceiver('video');
  peers.bert.connection.addTransceiver('audio');
  await settle();
  await peers.finish();
  expectAgreement(peers);
  expect(peers.bert.connection.rollbacks).toBe(1);
  expect(peers.anna.connection.rollbacks).toBe(0);
  expect(peers.anna.connection.transceivers).toHaveLength(2);
});

test('candidates that come before the description are kept for it', async () => {
  const { anna, bert, errors, deliver } = twoPeers();
  anna.connection.addTransceiver('audio');
  await settle();
  const [offer] = anna.line.splice(0, 1);
  while (anna.line.length > 0) deliver(anna, bert);
  await settle();
  expect(bert.connection.candidatesAdded).toEqual([]);
  anna.line.push(offer!);
  deliver(anna, bert);
  await settle();
  expect(bert.connection.candidatesAdded).toHaveLength(2);
  expect(errors).toEqual([]);
});

test('candidates of an older ICE generation are dropped', async () => {
  const peers = twoPeers();
  const { anna, bert } = peers;
  anna.connection.addTransceiver('audio');
  await settle();
  await peers.finish();
  const before = bert.connection.candidatesAdded.length;
  await bert.negotiator.receiveCandidate({ candidate: 'stale', sdpMid: '0', usernameFragment: 'of-another-time' });
  await settle();
  expect(bert.connection.candidatesAdded).toHaveLength(before);
});

test('no more than 64 candidates of a generation are looked at', async () => {
  const peers = twoPeers();
  const { anna, bert } = peers;
  anna.connection.addTransceiver('audio');
  await settle();
  await peers.finish();
  for (let i = 0; i < 200; i += 1) void bert.negotiator.receiveCandidate({ candidate: `flood-${i}`, sdpMid: '0' });
  await settle();
  expect(bert.connection.candidatesAdded.length).toBeLessThanOrEqual(64);
});

test('whatever both sides do and however long things take, both end stable, in agreement and without errors', async () => {
  const steps = fc.array(
    fc.constantFrom('anna-adds', 'bert-adds', 'anna-restarts', 'bert-restarts', 'to-bert', 'to-anna', 'wait'),
    { maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(fc.integer(), steps, async (seed, plan) => {
      const peers = twoPeers(seed);
      const { anna, bert, deliver } = peers;
      for (const step of plan) {
        if (step === 'anna-adds') anna.connection.addTransceiver('video');
        if (step === 'bert-adds') bert.connection.addTransceiver('audio');
        if (step === 'anna-restarts' && anna.connection.remoteDescription) anna.connection.restartIce();
        if (step === 'bert-restarts' && bert.connection.remoteDescription) bert.connection.restartIce();
        if (step === 'to-bert') deliver(anna, bert);
        if (step === 'to-anna') deliver(bert, anna);
        if (step === 'wait') await Promise.resolve();
      }
      await settle();
      await peers.finish();
      if (anna.connection.transceivers.length > 0) expectAgreement(peers);
    }),
    { numRuns: 300 },
  );
});

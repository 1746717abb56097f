import { SeededRandom } from '@maru/protocol/core';
import { RtpPacketView, RtpPacketWriter } from '@maru/protocol/rtp';
import { SEAL_INTS, SealBatch, SealField } from '@maru/protocol/srtp';
import { expect, test } from 'vitest';
import { PublishedTrack } from './published-track.js';
import { Router } from './router.js';

const RED = { name: 'red', payloadType: 63, clockRate: 48_000 };
const OPUS = { name: 'opus', payloadType: 111, clockRate: 48_000 };

/** Two blocks of RFC 2198: 3 bytes of 960 samples ago, and the newest. */
const PAYLOAD = [0x80 | 111, (960 >> 6) & 0xff, ((960 & 0x3f) << 2) | 0, 3, 111, 1, 2, 3, 7, 8, 9, 10];

/** What a subscriber with these codecs gets of a packet of RED. */
function receivedWith(codecs: readonly (typeof OPUS)[]) {
  const inbox = new Uint8Array(2_000);
  const batch = new SealBatch(16, 16_384);
  const cache = new Uint8Array(1 << 20);
  const router = new Router({
    inbox,
    cache,
    cacheSlab: 1,
    batch,
    send: () => batch.clear(),
    random: new SeededRandom(1),
    ntpOffsetMs: 0,
  });
  const session = router.openSession('red');
  const extensions = {};
  const alice = session.join({ id: 'alice', extensions });
  const bob = session.join({ id: 'bob', extensions });
  if ('code' in alice || 'code' in bob) throw new Error('refused');
  const description = {
    id: 'a',
    kind: 'audio',
    content: 'camera',
    mid: '0',
    codecs: [RED, OPUS],
    encodings: [{ ssrc: 7 }],
  } as const;
  const track = alice.publish(0, description);
  if (!(track instanceof PublishedTrack)) throw new Error('refused');
  bob.addSlot(0, { mid: '0', kind: 'audio', ssrc: 9, codecs });
  alice.connect(0, 1, 1);
  bob.connect(0, 2, 2);
  bob.subscribe(0, track);
  router.advance(0);
  const writer = new RtpPacketWriter();
  writer.begin(inbox, 0, inbox.length, RED.payloadType, false, 1, 960, 7).payload(Uint8Array.from(PAYLOAD));
  router.receive(1, alice.handle, 0, writer.finish());
  expect(batch.count).toBe(1);
  const field = (index: number) => batch.table[0 * SEAL_INTS + index]!;
  const head = batch.heads.slice(field(SealField.headOffset), field(SealField.headOffset) + field(SealField.headBytes));
  const body = inbox.slice(field(SealField.bodyOffset), field(SealField.bodyOffset) + field(SealField.bodyBytes));
  const view = new RtpPacketView();
  view.wrap(Uint8Array.from([...head, ...body]));
  return { type: view.payloadType, payload: [...view.payload()] };
}

test('who takes RED gets it, with its own number of what is in it', () => {
  const { type, payload } = receivedWith([
    { ...RED, payloadType: 100 },
    { ...OPUS, payloadType: 109 },
  ]);
  expect(type).toBe(100);
  expect(payload).toEqual([0x80 | 109, ...PAYLOAD.slice(1, 4), 109, ...PAYLOAD.slice(5)]);
});

test('who does not gets the newest encoding alone', () => {
  expect(receivedWith([{ ...OPUS, payloadType: 109 }])).toEqual({ type: 109, payload: [7, 8, 9, 10] });
});

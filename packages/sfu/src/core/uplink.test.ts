import { decodeRtcp, RtcpBuilder, type RtcpPacket } from '@maru/protocol/rtcp';
import { expect, test } from 'vitest';
import { SourceTable } from './source-table.js';
import { Uplink } from './uplink.js';

test('a publisher is told when its packets came, not when there was time for them', () => {
  const uplink = new Uplink(1, new SourceTable(8));
  const builder = new RtcpBuilder();
  const told: RtcpPacket[] = [];
  const hand = (bytes: Uint8Array): void => void told.push(...decodeRtcp(bytes).packets);
  // Sent 10 ms apart; the third and the fourth lay with the system while this thread was busy, and were taken with the fifth
  uplink.received(1_000, 7, 1_000);
  uplink.received(1_010, 8, 1_010);
  for (const [number, cameAt] of [1_020, 1_030, 1_040].entries()) uplink.received(1_040, 9 + number, cameAt);
  uplink.advance(1_100, builder, hand);
  if (!builder.isEmpty) hand(builder.take());
  const [feedback] = told.filter((packet) => packet.type === 'twcc');
  expect(feedback?.receivedSequences).toEqual([7, 8, 9, 10, 11]);
  const [first, ...others] = feedback!.arrivalTicks;
  expect(others.map((ticks) => (ticks - first!) / 4)).toEqual([10, 20, 30, 40]);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AllocationSnapshot } from '@maru/protocol/turn/server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MonthLedger } from './month-ledger.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-month-'));
  path = join(folder, 'turn-month.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NOVEMBER = Date.UTC(2026, 10, 30);
const DECEMBER = Date.UTC(2026, 11, 1);

/** An allocation that relayed so many bytes each way. */
const allocation = (id: number, group: string, bytes: number): AllocationSnapshot => ({
  id,
  group,
  username: group,
  transport: 'udp',
  relayTransport: 'udp',
  client: { address: '192.0.2.1', port: 1 },
  listener: { address: '192.0.2.2', port: 2 },
  relayed: [],
  createdAt: 0,
  expiresAt: 0,
  permissions: 0,
  channels: 0,
  connections: 0,
  sent: { packets: 0, bytes, dropped: 0 },
  received: { packets: 0, bytes, dropped: 0 },
});

test('what has ended and what goes on counts, also after a restart', () => {
  const ledger = new MonthLedger(path, NOVEMBER);
  ledger.allocationEnded(allocation(1, 'ada', 100));
  const live = [allocation(2, 'ada', 10), allocation(3, 'bo', 5)];
  expect([...ledger.totals(live)]).toEqual([
    ['ada', 220],
    ['bo', 10],
  ]);
  ledger.save(live);
  expect([...new MonthLedger(path, NOVEMBER).kept]).toEqual([
    ['ada', 220],
    ['bo', 10],
  ]);
});

test('a month begins at zero, for allocations that outlive the last one, too', () => {
  const ledger = new MonthLedger(path, NOVEMBER);
  ledger.allocationEnded(allocation(1, 'ada', 100));
  expect(ledger.turn(NOVEMBER + 1_000, [])).toBe(false);
  expect(ledger.turn(DECEMBER, [allocation(2, 'ada', 50)])).toBe(true);
  expect([...ledger.totals([allocation(2, 'ada', 51)])]).toEqual([['ada', 2]]);
  ledger.allocationEnded(allocation(2, 'ada', 60));
  expect([...ledger.totals([])]).toEqual([['ada', 20]]);
});

test('a file of another month, or a damaged one, counts as none', () => {
  new MonthLedger(path, NOVEMBER).save([allocation(1, 'ada', 1)]);
  expect(new MonthLedger(path, DECEMBER).kept.size).toBe(0);
  for (const text of ['', '{', '[]', '{"month":1,"bytes":{}}', '{"month":"2026-11","bytes":{"ada":"many"}}']) {
    writeFileSync(path, text);
    expect(new MonthLedger(path, NOVEMBER).kept.size).toBe(0);
  }
});

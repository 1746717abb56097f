import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MaruError } from '../errors.js';
import { CallInspector } from './call-inspector.js';
import { loadInspection } from './load.js';
import { parseCandidate } from './pair-record.js';
import { redact, redactSdp } from './redact.js';

function inspector() {
  let now = 0;
  const late: (() => void)[] = [];
  const made = new CallInspector({
    userAgent: 'test',
    wallTime: () => 1_800_000_000_000,
    now: () => (now += 1),
    later: (_, task) => late.push(task),
  });
  return { made, late };
}

const SDP = 'v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:verysecretpassword\r\na=fingerprint:sha-256 AA:BB\r\n';

test('nothing secret is kept of what travels', () => {
  const { made } = inspector();
  made.wire('out', { type: 'hello', token: 'secret-1', attempt: 'secret-2' }, 'websocket');
  made.wire(
    'in',
    { type: 'welcome', resumeKey: 'secret-3', iceServers: [{ urls: ['turn:x'], username: 'u', credential: 'secret-4' }] },
    'websocket',
  );
  made.wire(
    'out',
    {
      seq: 1,
      ack: 0,
      message: { type: 'signal', to: 'bert', signal: { kind: 'description', description: { type: 'offer', sdp: SDP } } },
    },
    'sse',
  );
  made.wire('out', { seq: 2, ack: 0, message: { type: 'message', messageType: 'chat', data: 'secret-5' } }, 'sse');
  const log = made.pairLog('bert', 'Bert', true);
  log.description('local', 'offer', SDP);
  const text = made.export();
  expect(text).not.toContain('secret');
  expect(text).toContain('a=ice-ufrag:abcd');
});

test('entries say of whom they are and what they mean', () => {
  const { made } = inspector();
  made.wire(
    'in',
    {
      seq: 1,
      ack: 0,
      message: { type: 'signal', from: 'bert', signal: { kind: 'description', description: { type: 'offer', sdp: '' } } },
    },
    'sse',
  );
  expect(made.entries[0]).toMatchObject({
    kind: 'wire-in',
    name: 'offer',
    connectionId: 'bert',
    meaning: { key: 'offer-received' },
  });
});

test('acknowledgements alone are no entries', () => {
  const { made } = inspector();
  made.wire('in', { ack: 7 }, 'websocket');
  expect(made.entries).toEqual([]);
});

test('what is saved is read back the same', () => {
  const { made } = inspector();
  made.selfId = 'anna';
  const log = made.pairLog('bert', 'Bert', true);
  log.call('createDataChannel', { id: 0 }, { key: 'channel-opened', params: { label: 'x' } });
  log.description('remote', 'answer', SDP);
  log.candidate('local', { candidate: 'candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host', usernameFragment: 'abcd' });
  made.left('bert');
  const loaded = loadInspection(made.export());
  expect(loaded.entries).toEqual(JSON.parse(JSON.stringify(made.entries)).map((entry: object) => expect.objectContaining(entry)));
  const [ours, theirs] = [made.connections.get('bert')!, loaded.connections.get('bert')!];
  expect(theirs.descriptions).toEqual(ours.descriptions);
  expect(theirs.candidates).toEqual(ours.candidates);
  expect([theirs.name, theirs.polite, theirs.leftAtMs]).toEqual(['Bert', true, ours.leftAtMs]);
  expect(loaded.selfId).toBe('anna');
});

test('what was not saved by us is refused with what was expected and where', () => {
  const { made } = inspector();
  made.pairLog('bert', undefined, false);
  const file = JSON.parse(made.export());
  const load =
    (change: object): (() => unknown) =>
    () =>
      loadInspection(JSON.stringify({ ...file, ...change }));
  expect(load({ format: 'har' })).toThrow('format');
  expect(load({ version: 2 })).toThrow('version');
  expect(load({ connections: [{ ...file.connections[0], polite: 'yes' }] })).toThrow(
    'connections[0].polite: expected true or false',
  );
  expect(() => loadInspection('no JSON')).toThrow(MaruError);
});

test('whatever the file, loading returns or says what is wrong', () => {
  const { made } = inspector();
  made.pairLog('bert', undefined, false).call('x', null);
  const file = JSON.parse(made.export());
  const entries = fc.array(fc.oneof(fc.jsonValue(), fc.constant(file.entries[0])));
  fc.assert(
    fc.property(
      fc.record({ entries, connections: fc.jsonValue(), startedAt: fc.jsonValue() }, { requiredKeys: [] }),
      (change) => {
        try {
          loadInspection(JSON.stringify({ ...file, ...change }));
        } catch (error) {
          expect(error).toBeInstanceOf(MaruError);
        }
      },
    ),
  );
});

test('the oldest entries make room, and how many is told', () => {
  const { made } = inspector();
  for (let i = 0; i < 4_100; i += 1) made.note('browser-event', `e${i}`, null);
  expect(made.entries).toHaveLength(4_000);
  expect(made.entriesDropped).toBe(100);
  expect(made.entries[0]!.name).toBe('e100');
});

test('a pair that changes a hundred times is announced once', () => {
  const { made, late } = inspector();
  let heard = 0;
  made.on('connection-changed', () => (heard += 1));
  const log = made.pairLog('bert', undefined, false);
  for (let i = 0; i < 100; i += 1) log.description('local', 'offer', '');
  for (const task of late.splice(0)) task();
  expect(heard).toBe(1);
  expect(made.connections.get('bert')!.descriptions).toHaveLength(60);
});

test('a candidate line is read', () => {
  const line =
    'candidate:842163049 1 udp 1677729535 203.0.113.7 50000 typ srflx raddr 192.0.2.1 rport 40000 generation 0 ufrag EEtu network-id 1';
  expect(parseCandidate(5, 'remote', { candidate: line })).toMatchObject({
    type: 'srflx',
    protocol: 'udp',
    address: '203.0.113.7',
    port: 50_000,
    relatedAddress: '192.0.2.1',
    relatedPort: 40_000,
    ufrag: 'EEtu',
  });
  expect(parseCandidate(5, 'remote', { candidate: '' })).toBeUndefined();
});

test('a copy for showing is bounded and reaches no prototype', () => {
  const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`);
  expect(JSON.stringify(redact(deep)).length).toBeLessThan(100);
  redact(JSON.parse('{"__proto__":{"polluted":1}}'));
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(redactSdp('a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:key\r\n')).toBe('a=crypto:1 AES_CM_128_HMAC_SHA1_80 (hidden)\r\n');
});

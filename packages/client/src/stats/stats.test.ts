import { expect, test } from 'vitest';
import type { PairFigures } from './connection-stats.js';
import { pairFigures } from './connection-stats.js';
import { CalmQuality, type PairSituation, rateQuality } from './quality.js';
import { type StatsReport, statsReport } from './report.js';
import { pathKind, selectedPath } from './selected-path.js';

type Entry = { id: string; type: string } & Record<string, unknown>;

function report(timestamp: number, ...entries: Entry[]): StatsReport {
  return statsReport(entries.map((entry) => [entry.id, { timestamp, ...entry }] as const));
}

/** A second of a call as Chromium tells it. */
const chromium = (second: number): StatsReport =>
  report(
    second * 1000,
    { id: 'T', type: 'transport', selectedCandidatePairId: 'CP', bytesSent: second * 100_000, bytesReceived: second * 200_000 },
    {
      id: 'CP',
      type: 'candidate-pair',
      localCandidateId: 'L',
      remoteCandidateId: 'R',
      currentRoundTripTime: 0.042,
      availableOutgoingBitrate: 3_000_000,
    },
    { id: 'L', type: 'local-candidate', candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' },
    { id: 'R', type: 'remote-candidate', candidateType: 'host', protocol: 'udp' },
    { id: 'C', type: 'codec', mimeType: 'video/VP8' },
    {
      id: 'O',
      type: 'outbound-rtp',
      kind: 'video',
      mid: '1',
      codecId: 'C',
      bytesSent: second * 90_000,
      headerBytesSent: second * 10_000,
      packetsSent: second * 100,
      frameWidth: 640,
      frameHeight: 360,
      framesPerSecond: 30,
      qualityLimitationReason: 'bandwidth',
    },
    {
      id: 'RI',
      type: 'remote-inbound-rtp',
      kind: 'video',
      localId: 'O',
      packetsLost: second * 5,
      jitter: 0.012,
      roundTripTime: 0.05,
    },
    {
      id: 'I',
      type: 'inbound-rtp',
      kind: 'video',
      mid: '2',
      trackIdentifier: 'track-2',
      bytesReceived: second * 50_000,
      packetsReceived: second * 90,
      packetsLost: second * 10,
      jitter: 0.02,
      framesDecoded: second * 25,
      totalFreezesDuration: second * 0.1,
    },
  );

const owners = {
  sending: (mid: string | undefined) => (mid === '1' ? { streamId: 'mine', streamKind: 'camera' as const } : undefined),
  receiving: (mid: string | undefined) => (mid === '2' ? { streamId: 'theirs', streamKind: 'camera' as const } : undefined),
};

test('rates, loss and path are read from two reports', () => {
  const figures = pairFigures('bert', 1, chromium(5), { second: chromium(4), seconds: chromium(1) }, owners);
  expect(figures).toMatchObject({
    rttMs: 42,
    upBps: 800_000,
    downBps: 1_600_000,
    availableUpBps: 3_000_000,
    path: 'relayed',
    protocol: 'tls',
  });
  const [sent, received] = figures.tracks;
  expect(sent).toMatchObject({
    direction: 'sending',
    streamId: 'mine',
    codec: 'VP8',
    bitrateBps: 800_000,
    limitedBy: 'bandwidth',
    height: 360,
  });
  expect(sent!.lossFraction).toBeCloseTo(0.05);
  expect(received).toMatchObject({ direction: 'receiving', streamId: 'theirs', bitrateBps: 400_000, jitterMs: 20 });
  expect(received!.lossFraction).toBeCloseTo(0.1);
  expect(received!.frozenFraction).toBeCloseTo(0.1);
});

test('a picture that stands still is frozen before the browser says so', () => {
  const still = (at: number): StatsReport => report(at, { id: 'I', type: 'inbound-rtp', kind: 'video', framesDecoded: 100 });
  const { tracks } = pairFigures('bert', 1, still(2000), { second: still(1000), seconds: still(1000) }, owners);
  expect(tracks[0]!.frozenFraction).toBe(1);
});

test('the first report has no rates and nothing made up', () => {
  const figures = pairFigures('bert', 1, chromium(1), { second: undefined, seconds: undefined }, owners);
  expect([figures.upBps, figures.lossDown, figures.tracks[0]!.bitrateBps]).toEqual([0, undefined, 0]);
});

test("Firefox's chosen pair is found, though its transport does not name it", () => {
  const firefox = report(
    1,
    { id: 'T', type: 'transport' },
    { id: 'P1', type: 'candidate-pair', state: 'succeeded', nominated: true, selected: false, bytesSent: 9_000 },
    {
      id: 'P2',
      type: 'candidate-pair',
      state: 'succeeded',
      nominated: true,
      selected: true,
      bytesSent: 10,
      localCandidateId: 'L',
    },
    { id: 'L', type: 'local-candidate', candidateType: 'srflx' },
  );
  expect(selectedPath(firefox)?.pair.id).toBe('P2');
  expect(pathKind(selectedPath(firefox))).toBe('direct');
});

test('a report full of nonsense gives figures without nonsense', () => {
  const nonsense = statsReport([
    ['a', null],
    ['b', { id: 'b', type: 'inbound-rtp', timestamp: 2, kind: 'video', bytesReceived: 'many', framesPerSecond: Number.NaN }],
    ['c', 'text'],
  ] as [string, unknown][]);
  const { tracks } = pairFigures('bert', 1, nonsense, { second: nonsense, seconds: nonsense }, owners);
  expect(tracks[0]).toMatchObject({ bitrateBps: 0, framesPerSecond: undefined, lossFraction: undefined });
});

const there: PairSituation = { path: 'connected', movingStreams: new Set(['theirs']) };

function figuresWith(change: { lossDown?: number; rttMs?: number; frozenFraction?: number }): PairFigures {
  const base = pairFigures('x', 1, chromium(5), { second: chromium(4), seconds: chromium(1) }, owners);
  const tracks = base.tracks.map((track) => ({
    ...track,
    limitedBy: 'none' as const,
    lossFraction: track.direction === 'receiving' ? (change.lossDown ?? 0) : 0,
    frozenFraction: change.frozenFraction ?? 0,
  }));
  return { ...base, rttMs: change.rttMs ?? 20, tracks };
}

test('a pair without trouble is good', () => {
  expect(rateQuality(figuresWith({}), [], there)).toEqual({ level: 'good', reasons: [] });
});

test('loss is told with its number, and whose line it is by how the others do', () => {
  const lossy = figuresWith({ lossDown: 0.06 });
  const sides = [[], [figuresWith({})], [figuresWith({ lossDown: 0.08 })]].map(
    (others) => rateQuality(lossy, others, there).reasons[0],
  );
  expect(sides).toMatchObject([{ side: 'either' }, { side: 'them' }, { side: 'us' }]);
  expect(rateQuality(lossy, [], there)).toMatchObject({
    level: 'weak',
    reasons: [{ type: 'loss', direction: 'receiving', lossFraction: 0.06 }],
  });
});

test('the worst reason comes first', () => {
  const quality = rateQuality(figuresWith({ lossDown: 0.05, rttMs: 1_200 }), [], there);
  expect(quality.level).toBe('bad');
  expect(quality.reasons[0]).toEqual({ type: 'delay', rttMs: 1_200 });
});

test('a muted picture is not frozen', () => {
  const frozen = figuresWith({ frozenFraction: 1 });
  expect(rateQuality(frozen, [], there).level).toBe('bad');
  expect(rateQuality(frozen, [], { ...there, movingStreams: new Set() }).level).toBe('good');
});

test('a path that is still being looked for is unknown, one that broke is bad', () => {
  expect(rateQuality(figuresWith({}), [], { ...there, path: 'coming' }).level).toBe('unknown');
  expect(rateQuality(figuresWith({}), [], { ...there, path: 'broken' })).toEqual({
    level: 'bad',
    reasons: [{ type: 'disconnected' }],
  });
});

test('a rating does not flicker: worse after two seconds, better after four', () => {
  const calm = new CalmQuality();
  const show = (level: 'good' | 'weak'): string => calm.update({ level, reasons: [] }).level;
  expect(['good', 'weak', 'good', 'weak', 'weak'].map((level) => show(level as 'good'))).toEqual([
    'good',
    'good',
    'good',
    'good',
    'weak',
  ]);
  expect([show('good'), show('good'), show('good'), show('good')]).toEqual(['weak', 'weak', 'weak', 'good']);
});

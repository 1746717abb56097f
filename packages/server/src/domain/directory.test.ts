import { SeededRandom } from '@maru/protocol/core';
import { type Actor, type ClientMessage, isAllowed, type Role } from '@maru/signaling';
import { describe, expect, test } from 'vitest';
import { DEFAULT_DOMAIN_LIMITS, Directory, type DomainLimits, type DomainOutput, type DomainRecord, Refusal } from './index.js';
import { DomainState } from './state.js';

const at = (instant: number) => ({ instant, wallMs: 1_700_000_000_000 + instant });

/** A directory with one session `hall`, and what it says. */
function world(limits: Partial<DomainLimits> = {}) {
  const directory = new Directory(new SeededRandom(1), { ...DEFAULT_DOMAIN_LIMITS, ...limits });
  const outputs: DomainOutput[] = [];
  const drain = () => {
    const fresh: DomainOutput[] = [];
    directory.drain((output) => fresh.push(output));
    outputs.push(...fresh);
    return fresh;
  };
  directory.createSession(at(0), { id: 'hall' });
  const join = (role: Role, session = 'hall', now = 0) => {
    const seat = directory.createConnection(at(now), session, { role });
    if (seat instanceof Refusal) throw new Error(seat.detail);
    const joined = directory.join(at(now), { session, connection: seat.id, tokenId: seat.row.tokenId }, 'attempt', {});
    if (joined instanceof Refusal) throw new Error(joined.detail);
    return seat.id;
  };
  const delivered = (fresh = drain()) => fresh.flatMap((output) => (output.type === 'deliver' ? [output.message] : []));
  return { directory, drain, join, outputs, delivered };
}

const camera = { id: 'cam', kind: 'camera', hasAudio: true, hasVideo: true } as const;

describe('the permission table (S-78)', () => {
  const ROLES: readonly Role[] = ['publisher', 'subscriber', 'moderator'];

  /** For each action of connections: the request, on one's own things and on those of another. */
  const REQUESTS = {
    publish: { own: () => ({ type: 'publish', stream: { ...camera, id: 'new' } }) },
    'update-stream': {
      own: () => ({ type: 'update-stream', stream: 'mine', muted: { audio: true } }),
      other: () => ({ type: 'update-stream', stream: 'theirs', muted: { audio: true } }),
    },
    unpublish: { own: () => ({ type: 'unpublish', stream: 'mine' }), other: () => ({ type: 'unpublish', stream: 'theirs' }) },
    'update-subscription': {
      own: () => ({ type: 'update-subscription', stream: 'mine', audio: false, video: false }),
      other: () => ({ type: 'update-subscription', stream: 'theirs', audio: false, video: false }),
    },
    signal: {
      own: (own: string) => ({ type: 'signal', to: own, signal: { kind: 'restart', generation: 1 } }),
      other: (_, other: string) => ({ type: 'signal', to: other, signal: { kind: 'restart', generation: 1 } }),
    },
    'send-message': { other: () => ({ type: 'message', messageType: 'chat', data: 1 }) },
    'update-presence': { own: () => ({ type: 'update-connection', presence: {} }) },
    'request-mute': {
      own: () => ({ type: 'request-mute', stream: 'mine', audio: true }),
      other: () => ({ type: 'request-mute', stream: 'theirs', audio: true }),
    },
    disconnect: {
      own: (own: string) => ({ type: 'disconnect', connection: own }),
      other: (_, other: string) => ({ type: 'disconnect', connection: other }),
    },
    'get-ice-servers': { own: () => ({ type: 'get-ice-servers' }) },
    leave: { own: () => ({ type: 'leave' }) },
  } as const satisfies Record<string, Partial<Record<'own' | 'other', (own: string, other: string) => ClientMessage>>>;

  const cells = ROLES.flatMap((role) =>
    Object.entries(REQUESTS).flatMap(([action, byWhose]) =>
      Object.entries(byWhose).map(([whose, request]) => ({
        role,
        action: action as keyof typeof REQUESTS,
        whose: whose as 'own' | 'other',
        request,
      })),
    ),
  );

  test.each(cells)('$role: $action on $whose is what the table says', ({ role, action, whose, request }) => {
    const { directory, join, drain } = world();
    const own = join('publisher');
    const other = join('publisher');
    directory.request(at(1), 'hall', own, { type: 'publish', stream: { ...camera, id: 'mine' } });
    directory.request(at(1), 'hall', other, { type: 'publish', stream: { ...camera, id: 'theirs' } });
    const { row } = directory.state.connection('hall', own)!;
    directory.state.apply({ type: 'connection', row: { ...row, role } });
    drain();
    const answer = directory.request(at(2), 'hall', own, (request as (own: string, other: string) => ClientMessage)(own, other));
    if (isAllowed(role, action, whose)) expect(answer).not.toBeInstanceOf(Refusal);
    else {
      expect(answer).toMatchObject({ code: 'connection/forbidden' });
      expect(drain()).toEqual([]); // nothing of it was carried out
    }
  });

  test.each(cells.filter(({ whose }) => whose === 'other'))(
    '$role: $action finds nothing of another session',
    ({ role, request }) => {
      const { directory, join, drain } = world();
      directory.createSession(at(0), { id: 'elsewhere' });
      const own = join(role);
      const stranger = join('publisher', 'elsewhere');
      directory.request(at(1), 'elsewhere', stranger, { type: 'publish', stream: { ...camera, id: 'theirs' } });
      drain();
      const message = (request as (own: string, other: string) => ClientMessage)(own, stranger);
      const answer = directory.request(at(2), 'hall', own, message);
      const touched = drain().filter((output) => 'session' in output && output.session === 'elsewhere');
      expect(touched).toEqual([]);
      if (message.type !== 'message') expect(answer).toBeInstanceOf(Refusal);
    },
  );

  test('nobody but the application makes, reads and closes sessions', () => {
    const actors: readonly Actor[] = ['subscriber', 'publisher', 'moderator'];
    for (const action of [
      'create-session',
      'read-session',
      'close-session',
      'create-connection',
      'read-connections',
      'update-role',
    ] as const) {
      for (const actor of actors)
        for (const whose of ['own', 'other'] as const) expect(isAllowed(actor, action, whose)).toBe(false);
    }
  });
});

describe('seats', () => {
  test('a token takes its seat once; another client with the same token is refused', () => {
    const { directory } = world();
    const seat = directory.createConnection(at(0), 'hall', {});
    if (seat instanceof Refusal) throw seat;
    const token = { session: 'hall', connection: seat.id, tokenId: seat.row.tokenId };
    expect(directory.join(at(1), token, 'first', {})).toMatchObject({ again: false });
    expect(directory.join(at(2), token, 'first', {})).toMatchObject({ again: true });
    expect(directory.join(at(3), token, 'second', {})).toMatchObject({ code: 'token/already-used' });
  });

  test('a token is void once its seat was taken away, left, or not taken in time (S-80)', () => {
    const { directory } = world({ tokenTtlMs: 5_000 });
    const seats = [0, 1, 2].map(() => {
      const seat = directory.createConnection(at(0), 'hall', {});
      if (seat instanceof Refusal) throw seat;
      return { session: 'hall', connection: seat.id, tokenId: seat.row.tokenId };
    });
    directory.endConnection(at(1), 'hall', seats[0]!.connection, 'disconnected');
    directory.join(at(1), seats[1]!, 'a', {});
    directory.request(at(2), 'hall', seats[1]!.connection, { type: 'leave' });
    directory.advance(at(6_000));
    for (const token of seats) expect(directory.join(at(6_001), token, 'a', {})).toMatchObject({ code: 'token/revoked' });
  });

  test('who is away keeps the seat for the grace period, and not longer', () => {
    const { directory, join, delivered } = world({ graceMs: 30_000 });
    const [ada, bo] = [join('publisher'), join('publisher')];
    directory.request(at(0), 'hall', ada, { type: 'publish', stream: camera });
    delivered();
    directory.interrupt(at(1_000), 'hall', ada);
    directory.advance(at(30_999));
    expect(delivered()).toEqual([{ type: 'connection-away', connection: ada }]);
    expect(directory.resume('hall', ada)).not.toBeInstanceOf(Refusal);
    expect(delivered()).toEqual([{ type: 'connection-back', connection: ada }]);
    directory.interrupt(at(40_000), 'hall', ada);
    expect(directory.deadline).toBe(70_000);
    directory.advance(at(70_000));
    expect(delivered().at(-1)).toEqual({ type: 'connection-left', connection: ada, reason: 'grace-expired' });
    expect(directory.state.sessionById.get('hall')!.publishedById.size).toBe(0);
    expect(directory.resume('hall', ada)).toMatchObject({ code: 'connection/gone' });
    expect(directory.resume('hall', bo)).not.toBeInstanceOf(Refusal);
  });

  test('a publisher who is made a subscriber loses its streams at once (S-79)', () => {
    const { directory, join, delivered } = world();
    const [ada] = [join('publisher'), join('publisher')];
    directory.request(at(0), 'hall', ada, { type: 'publish', stream: camera });
    delivered();
    directory.updateConnection(at(1), 'hall', ada, { role: 'subscriber' });
    expect(delivered().map(({ type }) => type)).toEqual(['stream-unpublished', 'connection-updated']);
    expect(directory.request(at(2), 'hall', ada, { type: 'publish', stream: camera })).toMatchObject({
      code: 'connection/forbidden',
    });
  });

  test('limits: connections, streams, message and metadata sizes (S-94)', () => {
    const { directory, join } = world({
      connectionsPerSession: 2,
      streamsPerConnection: 1,
      messageBytes: 100,
      presenceBytes: 50,
      metadataBytes: 60,
    });
    directory.createSession(at(0), { id: 'small', limits: { connections: 2 } });
    const [ada] = [join('publisher', 'small'), join('publisher', 'small')];
    expect(directory.createConnection(at(1), 'small', {})).toMatchObject({ code: 'session/full' });
    directory.request(at(1), 'small', ada, { type: 'publish', stream: camera });
    expect(directory.request(at(1), 'small', ada, { type: 'publish', stream: { ...camera, id: 'b' } })).toMatchObject({
      code: 'stream/limit',
    });
    expect(directory.request(at(1), 'small', ada, { type: 'publish', stream: camera })).toMatchObject({
      code: 'stream/exists',
      field: 'stream.id',
    });
    const long = '가'.repeat(40);
    expect(directory.request(at(1), 'small', ada, { type: 'message', messageType: 'x', data: long })).toMatchObject({
      code: 'request/too-large',
    });
    expect(directory.request(at(1), 'small', ada, { type: 'update-connection', presence: { long } })).toMatchObject({
      code: 'request/too-large',
    });
    expect(directory.createSession(at(1), { metadata: { long } })).toMatchObject({
      code: 'request/too-large',
      field: 'metadata',
    });
  });

  test.each(['sfu', 'mcu', 'auto'] as const)('the mode %s is refused with a reason, for now', (mode) => {
    const { directory } = world();
    expect(directory.createSession(at(0), { mode })).toMatchObject({ code: 'session/mode-unavailable', field: 'mode' });
  });
});

describe('sessions', () => {
  test('an empty session ends after its timeout; the application hears of start and end', () => {
    const { directory, drain, outputs } = world({ emptyTimeoutMs: 10_000 });
    directory.advance(at(10_000));
    drain();
    const events = outputs.flatMap((output) => (output.type === 'event' ? [output.event] : []));
    expect(events).toMatchObject([{ type: 'session-started' }, { type: 'session-ended', reason: 'empty' }]);
    expect(directory.state.sessionById.size).toBe(0);
    expect(directory.deadline).toBe(Infinity);
  });

  test('a session for which somebody holds a good token waits for them', () => {
    const { directory } = world({ emptyTimeoutMs: 10_000, tokenTtlMs: 60_000 });
    directory.createConnection(at(0), 'hall', {});
    directory.advance(at(10_000));
    expect(directory.state.sessionById.size).toBe(1);
    directory.advance(at(60_000));
    directory.advance(at(61_001));
    expect(directory.state.sessionById.size).toBe(0);
  });

  test('closing a session tells everybody and ends every seat', () => {
    const { directory, join, drain, delivered } = world();
    const ada = join('publisher');
    drain();
    directory.closeSession(at(1), 'hall');
    const fresh = drain();
    expect(delivered(fresh)).toEqual([{ type: 'session-ended', reason: 'closed' }]);
    expect(fresh).toContainEqual(expect.objectContaining({ type: 'seat-ended', connection: ada, code: 'session/ended' }));
    expect(directory.state.connectionCount).toBe(0);
  });
});

test('the records alone make the same state, and so does the image of it', () => {
  const { directory, join, outputs, drain } = world();
  const [ada, bo] = [join('publisher'), join('moderator')];
  directory.request(at(1), 'hall', ada, { type: 'publish', stream: camera });
  directory.request(at(1), 'hall', bo, { type: 'update-subscription', stream: 'cam', audio: false, video: true });
  directory.request(at(1), 'hall', ada, { type: 'update-connection', presence: { hand: true } });
  directory.createSession(at(2), { id: 'other' });
  directory.closeSession(at(3), 'other');
  drain();
  const replay = (records: Iterable<DomainRecord>) => {
    const state = new DomainState();
    for (const record of records) state.apply(JSON.parse(JSON.stringify(record)) as DomainRecord);
    const session = state.sessionById.get('hall')!;
    return {
      info: session.infoOfOthers(''),
      wanted: session.connectionById.get(bo)!.subscriptions.of('cam'),
      count: state.sessionById.size,
    };
  };
  const session = directory.state.sessionById.get('hall')!;
  const live = { info: session.infoOfOthers(''), wanted: { audio: false, video: true }, count: 1 };
  expect(replay(outputs.flatMap((output) => (output.type === 'record' ? [output.record] : [])))).toEqual(live);
  expect(replay(directory.state.image(session))).toEqual(live);
});

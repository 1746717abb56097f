import type { RemoteConnection, RemoteStream } from '@maru/client';
import { expect, test } from 'vitest';
import { cameraTile, nameOf, personOf, screenTile } from './call-views.js';

const stream = (more: Partial<RemoteStream> = {}) =>
  ({
    id: 's1',
    kind: 'camera',
    mediaStream: { here: true },
    videoTrack: {},
    hasAudio: true,
    hasVideo: true,
    muted: { audio: false, video: false },
    audioLevel: () => 0.3,
    ...more,
  }) as unknown as RemoteStream;

const connection = (streams: readonly RemoteStream[], more: Partial<RemoteConnection> = {}) =>
  ({
    id: 'c1',
    name: 'Minji',
    role: 'publisher',
    presence: {},
    streams: new Map(streams.map((each) => [each.id, each])),
    away: false,
    path: { state: 'connected', kind: 'direct', restarts: 0 },
    quality: { level: 'good', reasons: [] },
    stats: undefined,
    ...more,
  }) as unknown as RemoteConnection;

test('a camera is shown while it is on and its track is there', () => {
  expect(cameraTile(connection([stream()]), undefined).picture).toEqual({ here: true });
  expect(cameraTile(connection([stream({ muted: { audio: false, video: true } })]), undefined).picture).toBeNull();
  expect(cameraTile(connection([stream({ videoTrack: undefined })]), undefined).picture).toBeNull();
  expect(cameraTile(connection([]), undefined)).toMatchObject({ picture: null, micMuted: true, state: 'there' });
});

test('a way that is looked for again says so, and keeps the last picture', () => {
  const path = { state: 'restarting', kind: 'direct', restarts: 1 } as const;
  expect(cameraTile(connection([stream()], { path }), undefined)).toMatchObject({ state: 'away', picture: { here: true } });
  expect(cameraTile(connection([stream()], { away: true }), undefined).state).toBe('away');
});

test('a shared screen has a key of its own and no hand', () => {
  const screen = stream({ id: 's2', kind: 'screen' });
  const minji = connection([stream(), screen], { presence: { hand: true } });
  expect(cameraTile(minji, 'c1')).toMatchObject({ key: 'c1', pinned: true, handRaised: true });
  expect(screenTile(minji, screen, 'c1')).toMatchObject({ key: 'c1:s2', pinned: false, handRaised: false, kind: 'screen' });
  expect(personOf(minji, undefined)).toMatchObject({ sharing: true, micOn: true, cameraOn: true, handRaised: true });
});

test('somebody without a name is a guest, and a hand that is not a hand is none', () => {
  expect(nameOf(connection([], { name: '   ' }))).toBe('Guest');
  expect(personOf(connection([], { presence: { hand: 'yes' } }), undefined).handRaised).toBe(false);
});

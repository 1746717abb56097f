import type { RemoteConnection, RemoteStream } from '@maru/client';
import { words } from '../../i18n/index.js';
import type { PersonView, QualityView, TileView } from './views.js';

/** What somebody is called; never empty. */
export function nameOf(connection: RemoteConnection): string {
  return connection.name?.trim() || words().hall.guest;
}

/** The key of somebody's picture, or of one of their screens. */
export function keyOf(connection: RemoteConnection, stream: RemoteStream | undefined): string {
  return stream?.kind === 'screen' ? `${connection.id}:${stream.id}` : connection.id;
}

/** The stream with somebody's face and voice. */
export function cameraOf(connection: RemoteConnection): RemoteStream | undefined {
  for (const stream of connection.streams.values()) if (stream.kind !== 'screen') return stream;
  return undefined;
}

/** Somebody's picture as it is drawn: their camera, or their initials while it is off or on its way. */
export function cameraTile(connection: RemoteConnection, pinnedKey: string | undefined): TileView {
  const stream = cameraOf(connection);
  const key = keyOf(connection, undefined);
  const shows = stream?.hasVideo && !stream.muted.video && stream.videoTrack !== undefined;
  return {
    key,
    personId: connection.id,
    kind: 'camera',
    name: nameOf(connection),
    isSelf: false,
    picture: shows ? stream.mediaStream : null,
    mirrored: false,
    micMuted: stream === undefined || !stream.hasAudio || stream.muted.audio,
    handRaised: hasHandRaised(connection),
    pinned: pinnedKey === key,
    state: stateOf(connection, stream),
    quality: qualityOf(connection),
    level: () => stream?.audioLevel() ?? 0,
  };
}

/** A screen that somebody shares. */
export function screenTile(connection: RemoteConnection, stream: RemoteStream, pinnedKey: string | undefined): TileView {
  const key = keyOf(connection, stream);
  return {
    ...cameraTile(connection, pinnedKey),
    key,
    kind: 'screen',
    picture: stream.videoTrack ? stream.mediaStream : null,
    pinned: pinnedKey === key,
    handRaised: false,
    level: () => stream.audioLevel(),
  };
}

/** Somebody in the list of people. */
export function personOf(connection: RemoteConnection, pinnedKey: string | undefined): PersonView {
  const stream = cameraOf(connection);
  return {
    id: connection.id,
    name: nameOf(connection),
    isSelf: false,
    role: connection.role,
    micOn: stream?.hasAudio === true && !stream.muted.audio,
    cameraOn: stream?.hasVideo === true && !stream.muted.video,
    handRaised: hasHandRaised(connection),
    sharing: [...connection.streams.values()].some((candidate) => candidate.kind === 'screen'),
    away: connection.away,
    pinned: pinnedKey === keyOf(connection, undefined),
    quality: qualityOf(connection),
  };
}

export function hasHandRaised(connection: RemoteConnection): boolean {
  return connection.presence['hand'] === true;
}

function stateOf(connection: RemoteConnection, stream: RemoteStream | undefined): TileView['state'] {
  const { state } = connection.path;
  if (connection.away || state === 'interrupted' || state === 'restarting' || state === 'failed') return 'away';
  return stream !== undefined && (state === 'new' || state === 'connecting') ? 'connecting' : 'there';
}

function qualityOf(connection: RemoteConnection): QualityView {
  return { quality: connection.quality, stats: connection.stats };
}

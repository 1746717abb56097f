import {
  type Call,
  type CallEvents,
  type CallState,
  type CallStats,
  Emitter,
  type LocalStream,
  type Quality,
  type ReceivedMessage,
  type RemoteConnection,
  type RemoteStream,
  type SelfConnection,
} from '@maru/client';
import { paintedPerson, paintedScreen } from './painted-people.js';

/** Somebody in a painted call. */
export interface PaintedPerson {
  readonly name: string;
  readonly camera?: boolean;
  readonly muted?: boolean;
  readonly hand?: boolean;
  readonly speaks?: boolean;
  readonly shares?: boolean;
  readonly away?: boolean;
  readonly role?: RemoteConnection['role'];
  readonly level?: Quality['level'];
}

const never = async (): Promise<never> => {
  throw new Error('a painted call does nothing');
};

/** A call without anybody: for looking at the hall. */
export class PaintedCall extends Emitter<CallEvents> implements Call {
  state: CallState = 'joined';
  readonly closeReason = undefined;
  readonly self: SelfConnection = { id: 'self', sessionId: 'hall', role: 'moderator', metadata: {}, presence: {} };
  readonly connections: ReadonlyMap<string, RemoteConnection>;
  readonly streams: ReadonlyMap<string, LocalStream> = new Map();
  readonly updatePresence = async (): Promise<void> => undefined;
  readonly send = async (): Promise<void> => undefined;
  readonly media = { way: 'p2p', epoch: 0, stage: 'settled' } as const;
  readonly why = async (): Promise<[]> => [];
  readonly publish = async (media: MediaStream | readonly MediaStreamTrack[]): Promise<LocalStream> => paintedOwnStream(media);

  constructor(people: readonly PaintedPerson[]) {
    super();
    this.connections = new Map(people.map((person, index) => [`c${index}`, paintedConnection(person, index)]));
  }

  get files(): Call['files'] {
    const none = {
      transfers: [],
      send: () => [],
      forget: () => undefined,
      on: () => () => undefined,
      once: () => () => undefined,
    };
    return none as unknown as Call['files'];
  }

  get inspector(): Call['inspector'] {
    throw new Error('a painted call has no inside');
  }

  /** Somebody writes. */
  write(connectionId: string, text: string, minutesAgo: number): void {
    const message: ReceivedMessage = {
      id: crypto.randomUUID(),
      from: this.connections.get(connectionId),
      type: 'chat',
      data: { text },
      at: Date.now() - minutesAgo * 60_000,
      private: false,
    };
    this.emit('message-received', { message });
  }

  stats(): CallStats {
    return { at: Date.now(), upBps: 0, downBps: 0, connections: new Map() };
  }

  async leave(): Promise<void> {
    this.state = 'closed';
    this.emit('closed', { reason: { type: 'left' } });
  }
}

function paintedOwnStream(media: MediaStream | readonly MediaStreamTrack[]): LocalStream {
  const nothing = async (): Promise<void> => undefined;
  return {
    id: 'own',
    kind: 'camera',
    metadata: {},
    mediaStream: media instanceof MediaStream ? media : new MediaStream([...media]),
    audioTrack: undefined,
    videoTrack: undefined,
    muted: { audio: false, video: false },
    closed: false,
    audioLevel: () => 0,
    mute: nothing,
    unmute: nothing,
    replaceTrack: nothing,
    updateMetadata: nothing,
    unpublish: nothing,
  };
}

function paintedConnection(person: PaintedPerson, index: number): RemoteConnection {
  const level = person.level ?? 'good';
  const quality: Quality = {
    level,
    reasons:
      level === 'good' ? [] : [{ type: 'loss', direction: 'receiving', side: 'them', lossFraction: 0.06, bitrateBps: 180_000 }],
  };
  const streams = new Map<string, RemoteStream>();
  const connection: RemoteConnection = {
    id: `c${index}`,
    name: person.name,
    role: person.role ?? 'publisher',
    metadata: { name: person.name },
    presence: person.hand ? { hand: true } : {},
    streams,
    away: person.away ?? false,
    path: { state: person.away ? 'restarting' : 'connected', kind: 'direct', restarts: 0 },
    quality,
    stats: {
      connectionId: `c${index}`,
      at: Date.now(),
      rttMs: 24,
      upBps: 1_240_000,
      downBps: level === 'good' ? 1_460_000 : 180_000,
      availableUpBps: undefined,
      lossUp: 0,
      lossDown: level === 'good' ? 0 : 0.06,
      jitterMs: 4,
      path: 'direct',
      protocol: 'udp',
      quality,
      tracks: [],
    },
    mute: never,
    unpublish: never,
    disconnect: never,
  };
  streams.set('camera', paintedStream(connection, 'camera', person, person.camera === false ? undefined : paintedPerson(index)));
  if (person.shares) streams.set('screen', paintedStream(connection, 'screen', person, paintedScreen()));
  return connection;
}

function paintedStream(
  connection: RemoteConnection,
  kind: RemoteStream['kind'],
  person: PaintedPerson,
  picture: MediaStream | undefined,
): RemoteStream {
  return {
    id: kind,
    kind,
    metadata: {},
    connection,
    mediaStream: picture ?? new MediaStream(),
    audioTrack: undefined,
    videoTrack: picture?.getVideoTracks()[0],
    hasAudio: true,
    hasVideo: true,
    muted: { audio: person.muted ?? false, video: picture === undefined },
    subscribed: { audio: true, video: true },
    closed: false,
    audioLevel: () => (person.speaks ? 0.5 : 0),
    speaking: person.speaks ?? false,
    subscribe: () => undefined,
    unsubscribe: () => undefined,
    setDisplaySize: () => undefined,
    setVisible: () => undefined,
  };
}

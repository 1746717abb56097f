import type { Socket } from 'node:net';
import type { JoinRequest, MediaParticipant, MediaRefusal, MediaReport, SessionMediaEvent } from '@maru/sfu';
import type { MediaPart } from '../config/server-config.js';
import type { ServerLog } from '../log/log.js';

/** What the server needs of whoever forwards media: `MediaServer` of @maru/sfu, or a fake in tests. */
export interface MediaPort {
  /** Set at once after opening. */
  onSessionEvent: (event: SessionMediaEvent) => void;
  /** Of every worker. */
  readonly udpPorts: readonly number[];
  readonly ports: { readonly udp: number; readonly tcp: number | undefined };
  join(request: JoinRequest): MediaParticipant | MediaRefusal;
  /** Takes a TCP connection of the server's one port that speaks ICE over TCP: paused, nothing of it read. */
  acceptStream(socket: Socket): void;
  /** Bitrates, losses and processor time, a second old at most. */
  report(): MediaReport;
  /** For Prometheus. */
  metrics(): string;
  /** Takes nobody new; resolves when nobody is left, or `patienceMs` are over. */
  drain(patienceMs: number): Promise<void>;
  close(): Promise<void>;
}

/** What a media server is opened with. */
export interface MediaOpening {
  readonly part: MediaPart;
  /** The server's own port, on TCP; media over TCP comes there. */
  readonly port: number;
  readonly host: string | undefined;
  readonly publicUrl: string | undefined;
  readonly log: ServerLog;
}

export type OpenMedia = (opening: MediaOpening) => Promise<MediaPort>;

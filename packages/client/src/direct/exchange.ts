import type { ClientMessage, ServerMessage, StreamInfo } from '@maru/signaling';

/**
 * Plays the server between two browsers that have none: turns what the other side would have told a server into what a server would have told us.
 * Keeps their streams, as a server does.
 */
export class Exchange {
  private readonly streams = new Map<string, StreamInfo>();
  private messages = 0;

  constructor(
    private readonly otherId: string,
    private readonly wallTime: () => number,
  ) {}

  /** What follows for us from a message of the other side; undefined when nothing does. */
  received(message: ClientMessage): ServerMessage | undefined {
    const connection = this.otherId;
    switch (message.type) {
      case 'publish': {
        const { muted = { audio: false, video: false }, metadata = {} } = message.stream;
        return this.published({ ...message.stream, muted, metadata, publishedAt: this.at });
      }
      case 'update-stream':
        return this.updated(message);
      case 'unpublish':
        return this.streams.delete(message.stream)
          ? { type: 'stream-unpublished', connection, stream: message.stream }
          : undefined;
      case 'update-subscription': {
        const { stream, audio, video } = message;
        return { type: 'subscription-updated', connection, stream, audio, video };
      }
      case 'signal':
        return { type: 'signal', from: connection, signal: message.signal };
      case 'message': {
        const { messageType, data, to } = message;
        const id = `${connection}-${++this.messages}`;
        return { type: 'message', id, from: connection, at: this.at, direct: to !== undefined, messageType, data };
      }
      case 'update-connection':
        return { type: 'connection-updated', connection, presence: message.presence };
      case 'leave':
        return { type: 'session-ended', reason: 'closed' };
      case 'request-mute':
      case 'disconnect':
        return undefined; // two equals: nobody moderates
      case 'get-ice-servers':
      case 'media-signal':
      case 'media-view':
      case 'media-ready':
      case 'get-media-why':
        return undefined; // there is no server to have any
    }
  }

  private published(stream: StreamInfo): ServerMessage | undefined {
    if (this.streams.has(stream.id) || this.streams.size >= 32) return undefined;
    this.streams.set(stream.id, stream);
    return { type: 'stream-published', connection: this.otherId, stream };
  }

  private updated(change: ClientMessage & { type: 'update-stream' }): ServerMessage | undefined {
    const old = this.streams.get(change.stream);
    if (!old) return undefined;
    const stream: StreamInfo = {
      ...old,
      hasAudio: change.hasAudio ?? old.hasAudio,
      hasVideo: change.hasVideo ?? old.hasVideo,
      metadata: change.metadata ?? old.metadata,
      muted: { audio: change.muted?.audio ?? old.muted.audio, video: change.muted?.video ?? old.muted.video },
    };
    this.streams.set(stream.id, stream);
    return { type: 'stream-updated', connection: this.otherId, stream };
  }

  private get at(): string {
    return new Date(this.wallTime()).toISOString();
  }
}

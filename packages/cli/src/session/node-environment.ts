import { type Environment, openWebSocket } from '@maru/client/environment';
import { systemClock, systemRandom } from '@maru/node';
import { MediaStream, type MediaStreamTrack, RTCPeerConnection, RTCRtpReceiver, RTCRtpSender } from '@maru/webrtc';
import { WebSocket } from 'ws';

const OPENING_MS = 10_000;
const FRAME_BYTES = 1024 * 1024;
/** How long the last words to a server may take. */
const LAST_WORDS_MS = 1_000;

/**
 * What the SDK takes as given, in Node.js: our own RTCPeerConnection, and WebSockets that trust `ca` too. The classes of @maru/webrtc
 * behave as the browser's do, and are taken for them here, and in {@link nodeTrack} and {@link domTrack}, alone.
 */
export class NodeEnvironment implements Environment {
  readonly clock = systemClock;
  readonly random = systemRandom;
  readonly isPhone = false;
  readonly userAgent = `Node.js ${process.versions.node}`;
  private readonly sockets = new Set<WebSocket>();

  constructor(private readonly ca: string | undefined) {}

  createConnection(configuration: RTCConfiguration): globalThis.RTCPeerConnection {
    return new RTCPeerConnection(configuration as object) as unknown as globalThis.RTCPeerConnection;
  }

  createStream(): globalThis.MediaStream {
    return new MediaStream() as unknown as globalThis.MediaStream;
  }

  videoCodecs(direction: 'sending' | 'receiving') {
    return (direction === 'sending' ? RTCRtpSender : RTCRtpReceiver)
      .getCapabilities('video')
      ?.codecs.map((codec) => ({ ...codec }));
  }

  carriersTo(serverUrl: URL): ReturnType<Environment['carriersTo']> {
    return (_transport, opening, listener) => openWebSocket(serverUrl, opening, listener, (address) => this.socketTo(address));
  }

  wallTime(): number {
    return Date.now();
  }

  watch(): () => void {
    return () => undefined; // a process is told of nothing: what breaks is found out by its silence
  }

  /** Resolves when the server has heard our last words, or cannot. */
  async settled(): Promise<void> {
    const closing = [...this.sockets].map((socket) => new Promise<void>((resolve) => socket.once('close', resolve)));
    const patience = new AbortController();
    const tooLate = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LAST_WORDS_MS);
      patience.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    await Promise.race([Promise.all(closing), tooLate]);
    patience.abort();
    for (const socket of this.sockets) socket.terminate();
  }

  private socketTo(address: URL): globalThis.WebSocket {
    const { ca, sockets } = this;
    const socket = new WebSocket(address, { handshakeTimeout: OPENING_MS, maxPayload: FRAME_BYTES, ...(ca && { ca }) });
    sockets.add(socket);
    socket.on('error', () => undefined); // 'close' follows, and is listened to
    socket.on('close', () => sockets.delete(socket));
    return socket as unknown as globalThis.WebSocket;
  }
}

/** A track that the SDK gives is one of ours. */
export function nodeTrack(track: globalThis.MediaStreamTrack): MediaStreamTrack {
  return track as unknown as MediaStreamTrack;
}

/** A track of ours, for the SDK. */
export function domTrack(track: MediaStreamTrack): globalThis.MediaStreamTrack {
  return track as unknown as globalThis.MediaStreamTrack;
}

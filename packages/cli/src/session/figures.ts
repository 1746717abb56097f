import type { RTCPeerConnection, RTCStats } from '@maru/webrtc';

/** What one stream does now, in one direction. */
export interface StreamFigures {
  readonly kind: 'audio' | 'video';
  readonly codec: string;
  readonly kbps: number;
  readonly fps: number | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Of what was sent since the last look, the part that never came. */
  readonly lossPercent: number;
  readonly rttMs: number | undefined;
  readonly frames: number;
}

interface Last {
  readonly at: number;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
}

const numberOf = (stats: RTCStats | undefined, name: string): number | undefined => {
  const value: unknown = stats && Object.entries(stats).find(([key]) => key === name)?.[1];
  return typeof value === 'number' ? value : undefined;
};
const textOf = (stats: RTCStats | undefined, name: string): string | undefined => {
  const value: unknown = stats && Object.entries(stats).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : undefined;
};

/** Reads the figures of a connection, each time since the time before. */
export class FiguresReader {
  private readonly last = new Map<string, Last>();

  async read(
    connection: RTCPeerConnection,
    direction: 'inbound' | 'outbound',
  ): Promise<(StreamFigures & { readonly trackId: string })[]> {
    const all = new Map<string, RTCStats>();
    for (const stats of (await connection.getStats()).values()) all.set(stats.id, stats);
    const rtt = [...all.values()].map((stats) => numberOf(stats, 'currentRoundTripTime')).find((value) => value !== undefined);
    return [...all.values()]
      .filter(({ type }) => type === `${direction}-rtp`)
      .map((stats) => this.figures(stats, all, direction, rtt));
  }

  private figures(
    stats: RTCStats,
    all: ReadonlyMap<string, RTCStats>,
    direction: 'inbound' | 'outbound',
    rtt: number | undefined,
  ) {
    const remote = all.get(textOf(stats, 'remoteId') ?? '');
    const isIn = direction === 'inbound';
    const now: Last = {
      at: stats.timestamp,
      bytes: numberOf(stats, isIn ? 'bytesReceived' : 'bytesSent') ?? 0,
      packets: numberOf(stats, isIn ? 'packetsReceived' : 'packetsSent') ?? 0,
      lost: numberOf(isIn ? stats : remote, 'packetsLost') ?? 0,
    };
    const before = this.last.get(stats.id) ?? { at: stats.timestamp, bytes: 0, packets: 0, lost: 0 };
    this.last.set(stats.id, now);
    const seconds = (now.at - before.at) / 1_000;
    const lost = Math.max(0, now.lost - before.lost);
    const sent = now.packets - before.packets + (isIn ? lost : 0);
    const source = all.get(textOf(stats, 'mediaSourceId') ?? '');
    return {
      trackId: textOf(stats, 'trackIdentifier') ?? textOf(source, 'trackIdentifier') ?? '',
      kind: textOf(stats, 'kind') === 'audio' ? ('audio' as const) : ('video' as const),
      codec: (textOf(all.get(textOf(stats, 'codecId') ?? ''), 'mimeType') ?? '').replace(/^\w+\//, ''),
      kbps: seconds > 0 ? Math.round(((now.bytes - before.bytes) * 8) / seconds / 1_000) : 0,
      fps: numberOf(stats, 'framesPerSecond'),
      width: numberOf(stats, 'frameWidth'),
      height: numberOf(stats, 'frameHeight'),
      lossPercent: sent > 0 ? Math.round((lost / sent) * 1_000) / 10 : 0,
      rttMs: rtt === undefined ? undefined : Math.round(rtt * 1_000),
      frames: numberOf(stats, isIn ? 'framesReceived' : 'framesSent') ?? 0,
    };
  }
}

/** One stream in a few words. */
export function figuresLine({ kind, codec, kbps, fps, width, height, lossPercent, rttMs }: StreamFigures): string {
  const size = width && height ? ` ${width}×${height}` : '';
  const rate = kind === 'video' && fps !== undefined ? ` ${Math.round(fps)} fps` : '';
  const rtt = rttMs === undefined ? '' : ` rtt ${rttMs} ms`;
  return `${codec}${size}${rate} ${kbps} kbit/s loss ${lossPercent} %${rtt}`;
}

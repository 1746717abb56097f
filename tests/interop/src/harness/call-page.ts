// A call of a page: what it films and says, and what it sees and hears of us. Each function is sent to the page whole.

/** What a page has seen of one video. */
export interface Sight {
  readonly frames: number;
  /** How often, and for how long at most, the picture stood still for more than a second. */
  readonly freezes: number;
  readonly longestMs: number;
}

interface Watched {
  frames: number;
  freezes: number;
  longestMs: number;
  lastAt: number;
}

declare global {
  interface Window {
    watched: Watched[];
  }
}

export const callPage = {
  /** Camera in three sizes (of less than 960x540 Chromium makes but two), microphone, and a channel; what comes is shown and watched. */
  begin: async (sendEncodings: readonly RTCRtpEncodingParameters[]): Promise<void> => {
    const { pc } = window.side;
    window.watched = [];
    pc.ontrack = ({ track }) => {
      const element = document.createElement(track.kind as 'audio' | 'video');
      element.autoplay = true;
      element.srcObject = new MediaStream([track]);
      document.body.append(element);
      if (!(element instanceof HTMLVideoElement)) return;
      element.muted = true;
      const watched = { frames: 0, freezes: 0, longestMs: 0, lastAt: 0 };
      window.watched.push(watched);
      const onFrame = (): void => {
        const now = performance.now();
        const gapMs = watched.frames === 0 ? 0 : now - watched.lastAt;
        if (gapMs > 1_000) watched.freezes += 1;
        watched.longestMs = Math.max(watched.longestMs, gapMs);
        watched.frames += 1;
        watched.lastAt = now;
        element.requestVideoFrameCallback(onFrame);
      };
      element.requestVideoFrameCallback(onFrame);
    };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 960, height: 540 } });
    pc.addTransceiver(stream.getAudioTracks()[0]!, { streams: [stream] });
    pc.addTransceiver(stream.getVideoTracks()[0]!, { streams: [stream], sendEncodings: [...sendEncodings] });
    pc.createDataChannel('pulse');
  },
  sees: (): Sight[] =>
    window.watched.map(({ frames, freezes, longestMs, lastAt }) => {
      const standingMs = frames === 0 ? 0 : performance.now() - lastAt;
      return { frames, freezes: freezes + (standingMs > 1_000 ? 1 : 0), longestMs: Math.max(longestMs, standingMs) };
    }),
  /** What has been heard: energy, and the part of the sound that was made up. */
  hears: async (): Promise<{ energy: number; concealed: number }> => {
    for (const stats of (await window.side.pc.getStats()).values()) {
      if (stats.type !== 'inbound-rtp' || stats.kind !== 'audio' || !stats.totalAudioEnergy) continue;
      const { totalAudioEnergy, concealedSamples = 0, silentConcealedSamples = 0, totalSamplesReceived = 1 } = stats;
      return { energy: totalAudioEnergy, concealed: (concealedSamples - silentConcealedSamples) / totalSamplesReceived };
    }
    return { energy: 0, concealed: 0 };
  },
  hasFrames: (least: number): boolean => window.watched.some(({ frames }) => frames >= least),
  add: (kind: 'audio' | 'video'): void => void window.side.pc.addTransceiver(kind),
  stopLast: (): void => window.side.pc.getTransceivers().at(-1)!.stop(),
  direct: ([index, direction]: [number, RTCRtpTransceiverDirection]): void => {
    window.side.pc.getTransceivers()[index]!.direction = direction;
  },
  transceivers: (): (string | null)[] =>
    window.side.pc.getTransceivers().map(({ mid, currentDirection }) => `${mid} ${currentDirection}`),
  /** Statistics of the streams that it sends. */
  sent: async (): Promise<{ rid: string; frames: number; keyFrames: number; resent: number; nacks: number; plis: number }[]> =>
    [...(await window.side.pc.getStats()).values()]
      .filter(({ type, kind }) => type === 'outbound-rtp' && kind === 'video')
      .map(
        ({ rid = '', framesEncoded = 0, keyFramesEncoded = 0, retransmittedPacketsSent = 0, nackCount = 0, pliCount = 0 }) => ({
          rid,
          frames: framesEncoded,
          keyFrames: keyFramesEncoded,
          resent: retransmittedPacketsSent,
          nacks: nackCount,
          plis: pliCount,
        }),
      ),
};

/** Three sizes of one camera. */
export const SIMULCAST: readonly RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 100_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 300_000 },
  { rid: 'f', maxBitrate: 900_000 },
];

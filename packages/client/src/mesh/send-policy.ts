import type { StreamKind, TrackKind } from '../stream.js';

/** What one receiver wants of one track; `undefined` sizes mean as large as it comes. */
export interface Want {
  readonly active: boolean;
  readonly width?: number;
  readonly height?: number;
}

/** Everything that decides how one track is sent to one person. */
export interface SendSituation {
  readonly trackKind: TrackKind;
  readonly streamKind: StreamKind;
  /** To how many people this track is encoded and sent at the same time, this one included. */
  readonly receivers: number;
  /** What the source delivers; undefined while unknown. */
  readonly sourceWidth: number | undefined;
  readonly sourceHeight: number | undefined;
  readonly muted: boolean;
  readonly want: Want;
  /** The page's own limit. */
  readonly maxBitrateBps: number | undefined;
  /** Encoded already: not to be made smaller. */
  readonly isAsIs: boolean;
}

/** How it is sent: what goes into `RTCRtpEncodingParameters`. */
export interface SendPlan {
  readonly active: boolean;
  readonly maxBitrateBps: number;
  /** 1 or more; video only. */
  readonly scaleResolutionDownBy: number;
  /** Undefined: as many as the source has. */
  readonly maxFramerate: number | undefined;
}

/**
 * A mesh sends each picture once for every person: what an ordinary uplink and a laptop's encoder carry is shared among them.
 * The total is what a common asymmetric line (about 5 Mbit/s up) leaves beside audio; the taste is ours, measured with fake and real cameras.
 */
const CAMERA_TOTAL_BPS = 4_000_000;
const CAMERA_MAX_BPS = 1_800_000;
const CAMERA_MIN_BPS = 120_000;
/** Screens are mostly still, but text must be sharp: more per person, fewer frames. */
const SCREEN_TOTAL_BPS = 6_000_000;
const SCREEN_MAX_BPS = 2_500_000;
const SCREEN_MIN_BPS = 300_000;
/** Opus: transparent for speech at 32 kbit/s; what a crowd of voices may cost is bounded too. */
const AUDIO_FEW_BPS = 40_000;
const AUDIO_MANY_BPS = 24_000;

/** Largest height sent to each receiver, by how many there are: encoders, not only lines, run out. */
const CAMERA_HEIGHTS: readonly (readonly [receivers: number, height: number])[] = [
  [1, 1080],
  [3, 720],
  [5, 480],
  [8, 360],
  [Infinity, 180],
];

/** Decides how a track is sent to one person. Pure: the same situation gives the same plan. */
export function planSending(situation: SendSituation): SendPlan {
  const active = situation.want.active && !(situation.muted && situation.trackKind === 'video');
  if (situation.isAsIs) return asIs(active, situation.maxBitrateBps);
  if (situation.trackKind === 'audio') return planAudio(situation, active);
  return planVideo(situation, active);
}

/** What is sent as it is needs room, whatever it takes. */
const AS_IS_BPS = 100_000_000;

export function asIs(active: boolean, maxBitrateBps = AS_IS_BPS): SendPlan {
  return { active, maxBitrateBps, scaleResolutionDownBy: 1, maxFramerate: undefined };
}

function planAudio(situation: SendSituation, active: boolean): SendPlan {
  const isMusicLikely = situation.streamKind !== 'camera'; // the sound of a shared tab deserves more than speech
  const bitrate = isMusicLikely ? 96_000 : situation.receivers <= 4 ? AUDIO_FEW_BPS : AUDIO_MANY_BPS;
  return { active, maxBitrateBps: bitrate, scaleResolutionDownBy: 1, maxFramerate: undefined };
}

function planVideo(situation: SendSituation, active: boolean): SendPlan {
  const receivers = Math.max(1, situation.receivers);
  const isScreen = situation.streamKind === 'screen';
  const scale = scaleFor(situation, receivers);
  const share = isScreen
    ? clamp(SCREEN_TOTAL_BPS / receivers, SCREEN_MIN_BPS, SCREEN_MAX_BPS)
    : clamp(CAMERA_TOTAL_BPS / receivers, CAMERA_MIN_BPS, CAMERA_MAX_BPS);
  const needed = isScreen ? SCREEN_MAX_BPS : bitrateForHeight((situation.sourceHeight ?? 720) / scale);
  const maxBitrateBps = Math.round(Math.min(share, needed, situation.maxBitrateBps ?? Infinity));
  return { active, maxBitrateBps, scaleResolutionDownBy: scale, maxFramerate: framerateFor(isScreen, receivers) };
}

/** What a camera picture of this height needs to look good; between the rows, the next larger. */
export function bitrateForHeight(height: number): number {
  if (height <= 120) return 120_000;
  if (height <= 180) return 200_000;
  if (height <= 270) return 350_000;
  if (height <= 360) return 500_000;
  if (height <= 540) return 900_000;
  if (height <= 720) return 1_400_000;
  return CAMERA_MAX_BPS;
}

function framerateFor(isScreen: boolean, receivers: number): number | undefined {
  if (isScreen) return receivers <= 3 ? 30 : 15;
  return receivers <= 4 ? 30 : receivers <= 8 ? 24 : 15;
}

/** How much smaller than the source: what the mesh allows, and what the receiver shows, whichever is smaller. */
function scaleFor(situation: SendSituation, receivers: number): number {
  const { sourceWidth, sourceHeight, want } = situation;
  if (!sourceWidth || !sourceHeight) return 1;
  const shorterSide = Math.min(sourceWidth, sourceHeight);
  const byCount = situation.streamKind === 'screen' ? 1 : shorterSide / heightFor(receivers);
  const byDisplay = want.width && want.height ? Math.min(sourceWidth / want.width, sourceHeight / want.height) : 1;
  const smallest = shorterSide / 90; // never below what a thumb-sized tile needs
  return roundScale(clamp(Math.max(byCount, byDisplay), 1, Math.max(1, smallest)));
}

function heightFor(receivers: number): number {
  return CAMERA_HEIGHTS.find(([upTo]) => receivers <= upTo)![1];
}

/** Quarter steps: every step costs a key frame, so a tile that grows by a few pixels must not cause one. */
function roundScale(scale: number): number {
  return Math.max(1, Math.floor(scale * 4) / 4);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

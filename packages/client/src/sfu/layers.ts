import { asIs, bitrateForHeight } from '../mesh/send-policy.js';
import type { StreamKind, TrackKind } from '../stream.js';

/** The encodings of one picture, the smallest first: quarter, half and full size. The server forwards to each who watches what their screen and line can use. */
export type Rid = 'q' | 'h' | 'f';

/** Everything that decides how one track goes up to the server. */
export interface UploadSituation {
  readonly trackKind: TrackKind;
  readonly streamKind: StreamKind;
  /** The encodings that were negotiated; empty: one without a name. */
  readonly rids: readonly Rid[];
  /** What the source delivers; undefined while unknown. */
  readonly sourceWidth: number | undefined;
  readonly sourceHeight: number | undefined;
  readonly muted: boolean;
  /** Those that nobody gets, as the server says. */
  readonly unwanted: ReadonlySet<string>;
  /** The page's own limit. */
  readonly maxBitrateBps: number | undefined;
  /** Encoded already: not to be made smaller. */
  readonly isAsIs: boolean;
}

/** How one encoding is sent: what goes into `RTCRtpEncodingParameters`. */
export interface EncodingPlan {
  readonly rid: Rid | undefined;
  readonly active: boolean;
  readonly maxBitrateBps: number;
  readonly scaleResolutionDownBy: number;
  readonly maxFramerate: number | undefined;
}

const SCALES: Readonly<Record<Rid, number>> = { q: 4, h: 2, f: 1 };

/** Below this a quarter is no picture any more, and below the next a half. */
const SMALLEST_FOR_THREE = 480;
const SMALLEST_FOR_TWO = 240;
/** Text that moves little: sharp above all. The small layer is for thumbnails and for slow lines. */
const SCREEN_BPS: Readonly<Record<Rid, number>> = { q: 150_000, h: 400_000, f: 2_500_000 };
const SCREEN_FRAMERATE: Readonly<Record<Rid, number>> = { q: 5, h: 5, f: 30 };
/** Opus at which speech is transparent, and what a shared tab's music deserves. */
const SPEECH_BPS = 32_000;
const MUSIC_BPS = 96_000;

/** Which encodings a picture of this size is worth. They are fixed when its section is negotiated. */
export function ridsOf(streamKind: StreamKind, width: number | undefined, height: number | undefined): readonly Rid[] {
  if (streamKind === 'screen') return ['h', 'f'];
  const shorterSide = Math.min(width ?? 1_280, height ?? 720);
  if (shorterSide >= SMALLEST_FOR_THREE) return ['q', 'h', 'f'];
  return shorterSide >= SMALLEST_FOR_TWO ? ['h', 'f'] : [];
}

/** Decides how a track goes up. Pure: the same situation gives the same plans, the smallest encoding first. */
export function planUpload(situation: UploadSituation): readonly EncodingPlan[] {
  const { trackKind, muted, unwanted, maxBitrateBps } = situation;
  if (situation.isAsIs)
    return [{ ...asIs(trackKind === 'audio' || (!muted && !unwanted.has('')), maxBitrateBps), rid: undefined }];
  if (trackKind === 'audio') return [planAudio(situation)];
  const rids: readonly (Rid | undefined)[] = situation.rids.length > 0 ? situation.rids : [undefined];
  return rids.map((rid) => planPicture(situation, rid));
}

function planAudio({ streamKind }: UploadSituation): EncodingPlan {
  // Muted audio goes on: the browser sends almost nothing, and unmuting is heard at once.
  const maxBitrateBps = streamKind === 'camera' ? SPEECH_BPS : MUSIC_BPS;
  return { rid: undefined, active: true, maxBitrateBps, scaleResolutionDownBy: 1, maxFramerate: undefined };
}

function planPicture(situation: UploadSituation, rid: Rid | undefined): EncodingPlan {
  const { streamKind, muted, unwanted, sourceHeight, sourceWidth, maxBitrateBps = Infinity } = situation;
  const scale = SCALES[rid ?? 'f'];
  const isScreen = streamKind === 'screen';
  const shorterSide = Math.min(sourceWidth ?? 1_280, sourceHeight ?? 720);
  const needed = isScreen ? SCREEN_BPS[rid ?? 'f'] : bitrateForHeight(shorterSide / scale);
  return {
    rid,
    active: !muted && !unwanted.has(rid ?? ''),
    maxBitrateBps: Math.round(Math.min(needed, maxBitrateBps / (scale * scale) ** 0.5)),
    scaleResolutionDownBy: scale,
    maxFramerate: isScreen ? SCREEN_FRAMERATE[rid ?? 'f'] : undefined,
  };
}

/** Whether two plans of the same track say the same. */
export function samePlans(a: readonly EncodingPlan[], b: readonly EncodingPlan[] | undefined): boolean {
  return (
    b !== undefined &&
    a.length === b.length &&
    a.every((plan, index) => {
      const other = b[index]!;
      return (
        plan.active === other.active &&
        plan.maxBitrateBps === other.maxBitrateBps &&
        plan.scaleResolutionDownBy === other.scaleResolutionDownBy &&
        plan.maxFramerate === other.maxFramerate
      );
    })
  );
}

/**
 * What encoders are asked for, in bit/s. Senders whose networks carry about the same share an encoder, and one that is told of
 * another bitrate ten times a second does not get a new encoder as often: each costs a key frame.
 */
const RUNGS = [
  20_000, 30_000, 50_000, 80_000, 150_000, 250_000, 400_000, 600_000, 900_000, 1_400_000, 2_000_000, 3_000_000, 4_500_000,
];
/** How much more than a rung must be there before it is climbed: a rung that is left again at once costs two key frames. */
const CLIMB = 1.15;

/** The rung for `bitsPerSecond`, when `current` is the one of now. */
export function bitrateRung(bitsPerSecond: number, current?: number): number {
  const fitting = (room: number): number => Math.max(RUNGS[0]!, ...RUNGS.filter((rung) => rung <= room));
  const rung = fitting(bitsPerSecond);
  return current !== undefined && rung > current ? Math.max(current, fitting(bitsPerSecond / CLIMB)) : rung;
}

/** What a picture of this size needs to look good. */
export function goodBitrate(width: number, height: number, frameRate: number): number {
  return width * height * frameRate * 0.09;
}

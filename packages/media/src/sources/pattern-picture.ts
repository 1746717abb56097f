import { DIGITS } from './digits.js';

/** Brightness and the two colours of the bars (BT.601). */
const BARS = [
  [180, 128, 128],
  [162, 44, 142],
  [131, 156, 44],
  [112, 72, 58],
  [84, 184, 198],
  [65, 100, 212],
  [35, 212, 114],
] as const;
const [WHITE, BLACK] = [235, 16];
/** Cells of the strip that programs read. */
export const STRIP_BITS = 32;

/**
 * Draws pictures that a person and a program can read: colour bars, a bar that moves, the time of day and the number of the
 * picture in digits, and along the bottom, as 32 black and white cells, the time of day in milliseconds (most significant first).
 */
export class PatternPainter {
  readonly data: Uint8Array;
  private readonly background: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.background = bars(width, height);
    this.data = new Uint8Array(this.background.length);
  }

  /** Draws picture `count`; `wallMs` since 1970. The bytes are used again for the next. */
  paint(count: number, wallMs: number): Uint8Array {
    const { width, height, data } = this;
    data.set(this.background);
    const barWidth = Math.max(2, width >> 5);
    this.box(Math.floor((count * width) / 120) % (width - barWidth), 0, barWidth, Math.floor(height * 0.5), WHITE);
    const clock = new Date(wallMs).toISOString().slice(11, 23);
    const dot = Math.max(1, Math.floor(width / 90));
    const top = Math.floor(height * 0.56);
    this.box(0, top - 2 * dot, width, 11 * dot, BLACK);
    this.text(clock, 2 * dot, top, dot);
    this.text(`#${count}`, Math.floor(width * 0.01) + dot, top + 10 * dot, Math.max(1, dot >> 1));
    if (wallMs % 1_000 < 100) this.box(width - 10 * dot, top - dot, 9 * dot, 9 * dot, WHITE); // seen when the beep is heard
    this.strip(wallMs);
    return data;
  }

  private strip(wallMs: number): void {
    const { width, height } = this;
    const value = wallMs % 86_400_000;
    const rows = Math.max(4, Math.floor(height / 16));
    for (let bit = 0; bit < STRIP_BITS; bit++) {
      const left = Math.floor((bit * width) / STRIP_BITS);
      const right = Math.floor(((bit + 1) * width) / STRIP_BITS);
      this.box(left, height - rows, right - left, rows, (value >>> (STRIP_BITS - 1 - bit)) & 1 ? WHITE : BLACK);
    }
  }

  private text(text: string, left: number, top: number, dot: number): void {
    for (const [index, sign] of [...text].entries()) {
      for (const [row, bits] of (DIGITS[sign] ?? []).entries())
        for (let column = 0; column < 5; column++)
          if (bits & (16 >> column)) this.box(left + (index * 6 + column) * dot, top + row * dot, dot, dot, WHITE);
    }
  }

  private box(left: number, top: number, width: number, height: number, brightness: number): void {
    const right = Math.min(this.width, left + width);
    for (let row = top; row < Math.min(this.height, top + height); row++)
      this.data.fill(brightness, row * this.width + left, row * this.width + right);
    const half = this.width >> 1;
    for (const plane of [this.width * this.height, this.width * this.height + half * (this.height >> 1)])
      for (let row = top >> 1; row < Math.min(this.height, top + height) >> 1; row++)
        this.data.fill(128, plane + row * half + (left >> 1), plane + row * half + ((right + 1) >> 1));
  }
}

function bars(width: number, height: number): Uint8Array {
  const data = new Uint8Array((width * height * 3) / 2);
  let at = 0;
  for (const plane of [0, 1, 2] as const) {
    const [columns, rows] = plane === 0 ? [width, height] : [width >> 1, height >> 1];
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) data[at++] = BARS[Math.floor((column * BARS.length) / columns)]![plane];
  }
  return data;
}

/** The time of day in milliseconds that is burnt into a picture, of whatever size it is now. */
export function readPatternTime(brightness: Uint8Array, width: number, height: number): number {
  const row = height - Math.max(2, Math.floor(height / 32));
  let value = 0;
  for (let bit = 0; bit < STRIP_BITS; bit++) {
    const column = Math.floor(((bit + 0.5) * width) / STRIP_BITS);
    value = (value << 1) | (brightness[row * width + column]! > 125 ? 1 : 0);
  }
  return value >>> 0;
}

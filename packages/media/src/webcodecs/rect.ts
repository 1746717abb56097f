/** What of a DOMRectReadOnly is asked for; Node.js has no such class. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type RectInit = Partial<Rect>;

/** A rectangle as scripts see it. */
export function rectOf({ x, y, width, height }: Rect): Rect & Readonly<Record<'top' | 'right' | 'bottom' | 'left', number>> {
  return Object.freeze({ x, y, width, height, top: y, right: x + width, bottom: y + height, left: x });
}

/** W3C webcodecs, "parse visible rect" and "verify rect offset alignment": a rectangle inside of `whole`, or a TypeError. */
export function parseRect(init: RectInit | undefined, usual: Rect, whole: { width: number; height: number }): Rect {
  if (init === undefined) return usual;
  const { x = 0, y = 0, width = 0, height = 0 } = init;
  const numbers = [x, y, width, height];
  if (!numbers.every((side) => Number.isInteger(side) && side >= 0)) throw new TypeError('A rectangle has whole, positive sides');
  if (width === 0 || height === 0) throw new TypeError('A rectangle of no size');
  if (x + width > whole.width || y + height > whole.height)
    throw new TypeError('The rectangle does not lie inside of the picture');
  return { x, y, width, height };
}

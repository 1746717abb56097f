/** A rectangle in CSS pixels, relative to the stage. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A shape that tiles may take, and how much its area counts against the others: people look best in 16:9. */
interface Shape {
  readonly aspect: number;
  readonly weight: number;
}

/** In a landscape window tiles stay 16:9 unless another shape makes faces clearly larger. */
const LANDSCAPE: readonly Shape[] = [
  { aspect: 16 / 9, weight: 1 },
  { aspect: 1, weight: 0.72 },
];

/** In a portrait window (a phone) all three are fine; the tall one is for being alone or two. */
const PORTRAIT: readonly Shape[] = [
  { aspect: 16 / 9, weight: 1 },
  { aspect: 1, weight: 0.95 },
  { aspect: 9 / 16, weight: 0.8 },
];

/** Most tiles on one page: seven rows of seven are the smallest faces one can still read. */
export const MAX_TILES = 49;

/** How the tiles of one page stand. */
export interface Arrangement {
  readonly columns: number;
  readonly rows: number;
  readonly boxes: readonly Box[];
}

const NOTHING: Arrangement = { columns: 0, rows: 0, boxes: [] };

/**
 * The arrangement that gives `count` equal tiles the largest area within `stage`. Every number of columns and every shape is tried: at
 * most 49 × 3 candidates, which is cheaper than being clever. Rows are filled from the first; an incomplete last row stands in the middle.
 */
export function arrange(count: number, stage: Size, gap = 8): Arrangement {
  if (count < 1 || stage.width <= 0 || stage.height <= 0) return NOTHING;
  const shapes = stage.width >= stage.height ? LANDSCAPE : PORTRAIT;
  let best: { columns: number; rows: number; tile: Size; score: number } | undefined;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    if (Math.ceil(count / rows) < columns) continue; // fewer columns give as many rows: this one only leaves a hole
    for (const { aspect, weight } of shapes) {
      const tile = largestTile(columns, rows, aspect, stage, gap);
      const score = tile.width * tile.height * weight;
      if (score > (best?.score ?? 0)) best = { columns, rows, tile, score };
    }
  }
  if (!best) return NOTHING;
  return { columns: best.columns, rows: best.rows, boxes: place(count, best.columns, best.rows, best.tile, stage, gap) };
}

function largestTile(columns: number, rows: number, aspect: number, stage: Size, gap: number): Size {
  const widest = (stage.width - gap * (columns - 1)) / columns;
  const highest = (stage.height - gap * (rows - 1)) / rows;
  const width = Math.floor(Math.min(widest, highest * aspect));
  return width > 0 ? { width, height: Math.floor(width / aspect) } : { width: 0, height: 0 };
}

function place(count: number, columns: number, rows: number, tile: Size, stage: Size, gap: number): Box[] {
  const boxes: Box[] = [];
  const top = (stage.height - rows * tile.height - (rows - 1) * gap) / 2;
  for (let index = 0; index < count; index += 1) {
    const row = Math.floor(index / columns);
    const inRow = row < rows - 1 ? columns : count - columns * (rows - 1);
    const left = (stage.width - inRow * tile.width - (inRow - 1) * gap) / 2;
    boxes.push({
      x: Math.round(left + (index - row * columns) * (tile.width + gap)),
      y: Math.round(top + row * (tile.height + gap)),
      width: tile.width,
      height: tile.height,
    });
  }
  return boxes;
}

/** Where the large picture and the strip of small ones stand. */
export interface Focus {
  readonly main: Box;
  readonly strip: Box;
  /** Whether the strip is a column beside the picture, or a row below it. */
  readonly direction: 'column' | 'row';
}

/** Share of the stage that the strip may take, and its bounds in pixels: small faces remain faces. */
const STRIP = { share: 0.2, minimumPx: 96, maximumPx: 240 };

/**
 * Divides the stage between one large picture (a shared screen, a pinned person, whoever speaks) and a strip of the others: beside it in a
 * landscape window, below it in a portrait one. Without others the picture has it all.
 */
export function focusOn(stage: Size, others: number, gap = 8): Focus {
  const direction = stage.width >= stage.height ? 'column' : 'row';
  const whole: Box = { x: 0, y: 0, width: Math.max(0, stage.width), height: Math.max(0, stage.height) };
  if (others === 0) return { main: whole, strip: { x: 0, y: 0, width: 0, height: 0 }, direction };
  if (direction === 'column') {
    const width = stripSize(stage.width);
    const main = Math.max(0, stage.width - width - gap);
    return {
      main: { ...whole, width: main },
      strip: { x: main + gap, y: 0, width, height: whole.height },
      direction,
    };
  }
  const height = stripSize(stage.height);
  const main = Math.max(0, stage.height - height - gap);
  return { main: { ...whole, height: main }, strip: { x: 0, y: main + gap, width: whole.width, height }, direction };
}

function stripSize(lengthPx: number): number {
  return Math.round(Math.min(STRIP.maximumPx, Math.max(STRIP.minimumPx, lengthPx * STRIP.share), lengthPx / 2));
}

/** Room for the buttons that turn the pages of a strip, in pixels. */
export const PAGER_PX = 48;

export interface StripArrangement {
  readonly boxes: readonly Box[];
  /** How many fit on one page. */
  readonly fit: number;
  /** Where the buttons stand that turn the pages; undefined when all fit. */
  readonly pager: Box | undefined;
}

/** The tiles of one page of a strip, in one line. When `count` tiles do not fit, room is kept at the end for turning pages. */
export function arrangeStrip(strip: Box, direction: 'column' | 'row', count: number, gap = 8): StripArrangement {
  const across = direction === 'column' ? strip.width : strip.height;
  const along = direction === 'column' ? strip.height : strip.width;
  if (count < 1 || across <= 0 || along <= 0) return { boxes: [], fit: 0, pager: undefined };
  // Beside the picture 16:9; below it square, so that two fit on a phone.
  const length = direction === 'column' ? Math.floor((across * 9) / 16) : Math.min(across, Math.floor(along));
  const fitsIn = (room: number): number => Math.max(1, Math.floor((room + gap) / (length + gap)));
  const hasPages = fitsIn(along) < count;
  const room = hasPages ? Math.max(length, along - PAGER_PX - gap) : along;
  const fit = fitsIn(room);
  const shown = Math.min(count, fit);
  const start = Math.max(0, (room - shown * length - (shown - 1) * gap) / 2);
  const at = (offset: number, size: number): Box =>
    direction === 'column'
      ? { x: strip.x, y: Math.round(strip.y + offset), width: across, height: size }
      : { x: Math.round(strip.x + offset), y: strip.y, width: size, height: across };
  return {
    boxes: Array.from({ length: shown }, (_, index) => at(start + index * (length + gap), length)),
    fit,
    pager: hasPages ? at(along - PAGER_PX, PAGER_PX) : undefined,
  };
}

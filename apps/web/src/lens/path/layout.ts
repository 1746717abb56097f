import type { PathModel, Place, Route } from './route.js';

/** Across for wide windows, down for phones. */
export type Orientation = 'across' | 'down';

export interface DrawnPlace {
  readonly place: Place | 'server';
  readonly x: number;
  readonly y: number;
}

export interface DrawnRoute {
  readonly route: Route;
  /** The `d` of an SVG path. */
  readonly path: string;
  /** Where its number or reason may be written. */
  readonly labelX: number;
  readonly labelY: number;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly boxWidth: number;
  readonly boxHeight: number;
  readonly places: readonly DrawnPlace[];
  readonly routes: readonly DrawnRoute[];
  /** Signaling goes over the server: two dotted lines, not part of the media's way. */
  readonly signaling: readonly string[];
  /** How many routes were left out, because lines beyond this cannot be told apart. */
  readonly hiddenRoutes: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** As positions along the way (0 to 1) and aside from it (-1 to 1), turned into pixels by the orientation. */
const POSITIONS: Readonly<Record<Place | 'server', readonly [along: number, aside: number]>> = {
  us: [0, 0],
  'our-nat': [0.25, 0],
  'our-relay': [0.38, -0.72],
  'their-relay': [0.62, -0.72],
  'their-nat': [0.75, 0],
  them: [1, 0],
  server: [0.5, -1],
};

const FRAMES: Readonly<
  Record<Orientation, { readonly width: number; readonly height: number; readonly box: readonly [number, number] }>
> = {
  across: { width: 760, height: 330, box: [132, 52] },
  down: { width: 340, height: 520, box: [124, 50] },
};

/** Lines side by side on one way, in pixels. */
const LANE_PX = 7;
/** More lines than this on one way cannot be told apart. */
const MAX_LANES = 7;

/** Draws the ways of a connection: pure geometry, no colours, no words. */
export function drawPath(model: PathModel, orientation: Orientation, hasServer: boolean): Picture {
  const { width, height, box } = FRAMES[orientation];
  const at = (name: Place | 'server'): Point => place(POSITIONS[name], orientation);
  const places: DrawnPlace[] = [...model.addressesByPlace.keys()].map((name) => ({ place: name, ...at(name) }));
  if (hasServer) places.push({ place: 'server', ...at('server') });

  const lanes = new Map<string, number>();
  const routes: DrawnRoute[] = [];
  let hiddenRoutes = 0;
  for (const route of model.routes) {
    const way = route.via.join(' ');
    const lane = lanes.get(way) ?? 0;
    lanes.set(way, lane + 1);
    if (lane >= MAX_LANES) hiddenRoutes += 1;
    else routes.push(drawRoute(route, route.via.map(at), laneOffset(lane), orientation));
  }
  const server = at('server');
  const signaling = hasServer ? (['us', 'them'] as const).map((end) => bend(at(end), server, orientation)) : [];
  return { width, height, boxWidth: box[0], boxHeight: box[1], places, routes, signaling, hiddenRoutes };
}

function place([along, aside]: readonly [number, number], orientation: Orientation): Point {
  const { width, height, box } = FRAMES[orientation];
  if (orientation === 'across') {
    const margin = box[0] / 2 + 6;
    return {
      x: round(margin + along * (width - 2 * margin)),
      y: round(height * 0.56 + aside * (height * 0.56 - box[1] / 2 - 6)),
    };
  }
  const margin = box[1] / 2 + 6;
  return { x: round(width * 0.5 - aside * (width * 0.5 - box[0] / 2 - 6)), y: round(margin + along * (height - 2 * margin)) };
}

/** 0, then alternately to either side: the first line, which is the chosen one, lies in the middle. */
function laneOffset(lane: number): number {
  return lane === 0 ? 0 : LANE_PX * Math.ceil(lane / 2) * (lane % 2 === 1 ? 1 : -1);
}

function drawRoute(route: Route, points: readonly Point[], offset: number, orientation: Orientation): DrawnRoute {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return { route, path: '', labelX: 0, labelY: 0 };
  if (points.length === 2) return drawArc(route, first, last, offset, orientation);
  const across = orientation === 'across';
  const shifted = points.map((point) => (across ? { x: point.x, y: point.y + offset } : { x: point.x + offset, y: point.y }));
  const middle = shifted[Math.floor(shifted.length / 2)] ?? first;
  return {
    route,
    path: `M${shifted.map((point) => `${round(point.x)} ${round(point.y)}`).join('L')}`,
    labelX: middle.x,
    labelY: middle.y,
  };
}

/** From device to device past everything else: an arc on the side where no relay stands. */
function drawArc(route: Route, from: Point, to: Point, offset: number, orientation: Orientation): DrawnRoute {
  const { width, height } = FRAMES[orientation];
  const depth = orientation === 'across' ? height * 0.88 + offset : width * 0.12 - offset;
  if (orientation === 'across') {
    const path = `M${from.x} ${from.y}C${from.x + width * 0.14} ${round(depth)} ${to.x - width * 0.14} ${round(depth)} ${to.x} ${to.y}`;
    return { route, path, labelX: width / 2, labelY: round(0.25 * from.y + 0.75 * depth) };
  }
  const path = `M${from.x} ${from.y}C${round(depth)} ${round(from.y + height * 0.14)} ${round(depth)} ${round(to.y - height * 0.14)} ${to.x} ${to.y}`;
  return { route, path, labelX: round(0.25 * from.x + 0.75 * depth), labelY: height / 2 };
}

function bend(from: Point, to: Point, orientation: Orientation): string {
  const control = orientation === 'across' ? { x: from.x, y: to.y } : { x: to.x, y: from.y };
  return `M${from.x} ${from.y}Q${control.x} ${control.y} ${to.x} ${to.y}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

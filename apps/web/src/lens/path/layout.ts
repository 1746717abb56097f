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
}

export interface Picture {
  /** Where the picture begins: what would be empty above is left out. */
  readonly top: number;
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

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly boxWidth: number;
  readonly boxHeight: number;
  /** How far the arc from device to device swings out. */
  readonly arc: number;
  readonly centres: Readonly<Record<Place | 'server', readonly [x: number, y: number]>>;
}

/** Where everything stands. Boxes do not overlap, and no line passes behind a box that it does not stop at. */
const FRAMES: Readonly<Record<Orientation, Frame>> = {
  across: {
    width: 760,
    height: 330,
    boxWidth: 132,
    boxHeight: 52,
    arc: 318,
    centres: {
      us: [72, 200],
      'our-nat': [236, 200],
      'our-relay': [304, 112],
      'their-relay': [456, 112],
      'their-nat': [524, 200],
      them: [688, 200],
      server: [380, 32],
    },
  },
  down: {
    width: 360,
    height: 540,
    boxWidth: 124,
    boxHeight: 50,
    arc: 8,
    centres: {
      us: [150, 31],
      'our-nat': [150, 150],
      'our-relay': [258, 238],
      'their-relay': [258, 302],
      'their-nat': [150, 390],
      them: [150, 509],
      server: [294, 31],
    },
  },
};

/** Lines side by side on one way, in pixels. */
const LANE_PX = 7;
/** More lines than this on one way cannot be told apart. */
const MAX_LANES = 7;

/** Draws the ways of a connection: pure geometry, no colours, no words. */
export function drawPath(model: PathModel, orientation: Orientation, hasServer: boolean): Picture {
  const frame = FRAMES[orientation];
  const isOpen = model.addressesByPlace.size === 2;
  const at = (name: Place | 'server'): Point => pointOf(name, orientation, isOpen);
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
    else routes.push(drawRoute(route, route.via.map(at), laneOffset(lane), orientation, isOpen));
  }
  const heights = places.map((place) => place.y);
  const top = Math.min(...heights) - frame.boxHeight / 2 - MARGIN_PX;
  const hasArc = orientation === 'across' && !isOpen && model.routes.some((route) => route.via.length === 2);
  const bottom = hasArc ? frame.height : Math.max(...heights) + frame.boxHeight / 2 + MARGIN_PX;
  return {
    top,
    width: frame.width,
    height: bottom - top,
    boxWidth: frame.boxWidth,
    boxHeight: frame.boxHeight,
    places,
    routes,
    signaling: hasServer ? drawSignaling(orientation, at) : [],
    hiddenRoutes,
  };
}

/** Space around the outermost boxes. */
const MARGIN_PX = 6;
/** Where the other device stands below this one when nothing is between them. */
const OPEN_DOWN_Y = 220;

function pointOf(name: Place | 'server', orientation: Orientation, isOpen: boolean): Point {
  const [x, y] = FRAMES[orientation].centres[name];
  return isOpen && orientation === 'down' && name === 'them' ? { x, y: OPEN_DOWN_Y } : { x, y };
}

/** 0, then alternately to either side: the first line, which is the chosen one, lies in the middle. */
function laneOffset(lane: number): number {
  return lane === 0 ? 0 : LANE_PX * Math.ceil(lane / 2) * (lane % 2 === 1 ? 1 : -1);
}

/** @param isOpen whether nothing stands between the two devices, so that a straight line passes nothing */
function drawRoute(
  route: Route,
  points: readonly Point[],
  offset: number,
  orientation: Orientation,
  isOpen: boolean,
): DrawnRoute {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return { route, path: '' };
  if (points.length === 2 && !isOpen) return drawArc(route, first, last, offset, orientation);
  const across = orientation === 'across';
  const shifted = points.map((point) => (across ? { x: point.x, y: point.y + offset } : { x: point.x + offset, y: point.y }));
  return { route, path: `M${shifted.map((point) => `${round(point.x)} ${round(point.y)}`).join('L')}` };
}

/** From device to device past everything else: an arc on the side where no relay stands. */
function drawArc(route: Route, from: Point, to: Point, offset: number, orientation: Orientation): DrawnRoute {
  const { width, height, arc } = FRAMES[orientation];
  if (orientation === 'across') {
    const path = `M${from.x} ${from.y}C${round(from.x + width * 0.14)} ${arc + offset} ${round(to.x - width * 0.14)} ${arc + offset} ${to.x} ${to.y}`;
    return { route, path };
  }
  const path = `M${from.x} ${from.y}C${arc + offset} ${round(from.y + height * 0.14)} ${arc + offset} ${round(to.y - height * 0.14)} ${to.x} ${to.y}`;
  return { route, path };
}

/** From each device to the server: over the top of everything, or down along the edge. */
function drawSignaling(orientation: Orientation, at: (name: Place | 'server') => Point): readonly string[] {
  const [us, them, server] = [at('us'), at('them'), at('server')];
  if (orientation === 'across')
    return [us, them].map((device) => `M${device.x} ${device.y}Q${device.x} ${server.y} ${server.x} ${server.y}`);
  const edge = FRAMES.down.width - 18;
  return [
    `M${us.x} ${us.y}H${server.x}`,
    `M${edge} ${server.y}V${them.y - 40}Q${edge} ${them.y} ${edge - 40} ${them.y}H${them.x}`,
  ];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

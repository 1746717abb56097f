// Somebody in front of a camera, drawn: a .y4m film for Chromium's fake camera, so that screenshots look like a call and not like a test card.
import { closeSync, openSync, writeSync } from 'node:fs';

/** One person each: wall and light behind them, skin, hair and its cut, clothes. Colours are RGB. */
export const LOOKS = [
  { wall: [226, 205, 172], lamp: [255, 240, 205], skin: [236, 190, 154], hair: [43, 33, 28], cut: 'long', shirt: [63, 125, 108] },
  { wall: [178, 190, 180], lamp: [250, 246, 225], skin: [205, 150, 112], hair: [30, 25, 23], cut: 'short', shirt: [190, 98, 48] },
  { wall: [214, 190, 178], lamp: [255, 232, 214], skin: [243, 207, 176], hair: [118, 70, 38], cut: 'bob', shirt: [52, 78, 112] },
  { wall: [206, 184, 140], lamp: [255, 236, 190], skin: [146, 98, 68], hair: [24, 19, 17], cut: 'round', shirt: [228, 214, 190] },
];

const WIDTH = 640;
const HEIGHT = 360;
/** Above 10: slower pictures of little detail count as a weak line (`rateQuality` of the SDK). */
const FRAMES_PER_SECOND = 15;
/** Frames until the film begins anew, unnoticed: every movement has this period or a part of it. */
const FRAMES = 45;
/** How much nearer than drawn the person sits. */
const CLOSE = 1.2;
/** What moves is within this part of the picture: columns and rows. */
const MOVING = { left: WIDTH / 2 - 116, right: WIDTH / 2 + 116, top: 0, bottom: 340 };

const clamp = (value) => Math.min(1, Math.max(0, value));
const smooth = (value) => {
  const t = clamp(value);
  return t * t * (3 - 2 * t);
};
/** How much of a pixel an ellipse covers; `soft` is the width of its edge as a part of the radius. */
const ellipse = (x, y, centreX, centreY, radiusX, radiusY, soft = 0.03) => {
  const [dx, dy] = [(x - centreX) / radiusX, (y - centreY) / radiusY];
  const squared = dx * dx + dy * dy;
  return squared >= (1 + soft) * (1 + soft) ? 0 : smooth((1 + soft - Math.sqrt(squared)) / (2 * soft));
};

/** Writes the film of one look to `path`. */
export function writePortrait(path, look) {
  const file = openSync(path, 'w');
  writeSync(file, `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`);
  const planes = new Uint8Array(WIDTH * HEIGHT * 1.5);
  for (let n = 0; n < FRAMES; n++) {
    draw(planes, look, (n / FRAMES) * 2 * Math.PI, n === 0 ? { left: 0, right: WIDTH, top: 0, bottom: HEIGHT } : MOVING);
    writeSync(file, 'FRAME\n');
    writeSync(file, planes);
  }
  closeSync(file);
}

/** Draws an area of a picture, as planes of Y, Cb and Cr; `phase` goes once around the circle in the whole film. */
function draw(planes, look, phase, { left, right, top, bottom }) {
  const [cb, cr] = [WIDTH * HEIGHT, WIDTH * HEIGHT * 1.25];
  const sway = { x: Math.sin(phase) * 0.006, y: Math.sin(phase * 2) * 0.004 };
  const pixel = [0, 0, 0];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      // one unit is the height of the picture, the middle is 0
      paint(pixel, look, (column - WIDTH / 2) / HEIGHT / CLOSE, (row / HEIGHT - 0.5) / CLOSE + 0.54, sway);
      const [r, g, b] = pixel;
      planes[row * WIDTH + column] = 16 + 0.257 * r + 0.504 * g + 0.098 * b; // BT.601, of the range that cameras use
      if (row % 2 || column % 2) continue;
      const at = (row / 2) * (WIDTH / 2) + column / 2;
      planes[cb + at] = 128 - 0.148 * r - 0.291 * g + 0.439 * b;
      planes[cr + at] = 128 + 0.439 * r - 0.368 * g - 0.071 * b;
    }
  }
}

function paint(pixel, look, x, y, sway) {
  const over = (colour, alpha, shade = 1) => {
    if (alpha <= 0) return;
    for (let i = 0; i < 3; i++) pixel[i] += (Math.min(255, colour[i] * shade) - pixel[i]) * alpha;
  };
  const [hx, hy] = [x - sway.x, y - sway.y];
  const shade = 1.08 - 0.3 * clamp(x + 0.5) - 0.1 * y; // the light comes from the left
  for (let i = 0; i < 3; i++) pixel[i] = look.wall[i] * shade;
  over(look.lamp, 0.75 * ellipse(x, y, -0.62, 0.2, 0.42, 0.42, 0.9)); // a window, out of focus
  over(look.wall, 0.8 * ellipse(x, y, 0.66, 0.62, 0.16, 0.5, 0.5), 0.62); // something on the right, out of focus
  hairBehind(over, look, hx, hy);
  const body = ellipse(x, y, 0, 1.16, 0.46, 0.44, 0.02);
  over(look.shirt, body, 1.12 - 0.45 * clamp(x + 0.5));
  over(look.shirt, 0.5 * ellipse(x, y, 0, 0.775, 0.12, 0.09, 0.06) * body, 0.7); // collar
  over(look.skin, ellipse(hx, y, 0, 0.72, 0.088, 0.13, 0.06) * (y > 0.5 ? 1 : 0), 0.86); // neck
  face(over, look, hx, hy);
  hairBefore(over, look, hx, hy);
}

function face(over, look, x, y) {
  over(look.skin, ellipse(x, y, -0.158, 0.47, 0.022, 0.042, 0.1), 0.9);
  over(look.skin, ellipse(x, y, 0.158, 0.47, 0.022, 0.042, 0.1), 0.8);
  over(look.skin, ellipse(x, y, 0, 0.45, 0.155, 0.2), 1.08 - 0.5 * clamp(x + 0.12));
  over([214, 110, 90], 0.2 * ellipse(x, y, -0.08, 0.51, 0.05, 0.036, 0.8));
  over([214, 110, 90], 0.16 * ellipse(x, y, 0.08, 0.51, 0.05, 0.036, 0.8));
  for (const side of [-1, 1]) {
    over(look.hair, 0.75 * ellipse(x, y, side * 0.062, 0.403 + Math.abs(x - side * 0.06) * 0.12, 0.034, 0.007, 0.3));
    over([250, 246, 240], ellipse(x, y, side * 0.06, 0.44, 0.025, 0.0135, 0.12));
    over([52, 34, 24], ellipse(x, y, side * 0.06, 0.44, 0.0125, 0.0135, 0.12));
    over([255, 255, 255], ellipse(x, y, side * 0.06 - 0.004, 0.436, 0.003, 0.003, 0.5));
  }
  over(look.skin, 0.55 * ellipse(x, y, 0.004, 0.498, 0.02, 0.014, 0.6), 0.78); // the nose's shadow
  const smile = 0.558 - 3.2 * x * x;
  over([158, 74, 66], (Math.abs(x) < 0.062 ? 1 : 0) * smooth(1.4 - Math.abs(y - smile) / 0.0062));
}

function hairBehind(over, look, x, y) {
  if (look.cut === 'long') over(look.hair, ellipse(x, y, 0, 0.53, 0.205, 0.33));
  if (look.cut === 'bob') over(look.hair, ellipse(x, y, 0, 0.45, 0.205, 0.235));
  if (look.cut === 'round') over(look.hair, ellipse(x, y, 0, 0.36, 0.235, 0.235, 0.06));
  if (look.cut === 'short') over(look.hair, ellipse(x, y, 0, 0.39, 0.168, 0.19));
}

/** The hair over the forehead: the upper part of the head, less the face below a line. */
function hairBefore(over, look, x, y) {
  const line = {
    long: 0.33 + 0.5 * Math.abs(x + 0.04),
    bob: 0.375 - 0.6 * x * x,
    round: 0.3 + 1.2 * x * x,
    short: 0.325 + 1.1 * x * x,
  }[look.cut];
  const head = ellipse(x, y, 0, 0.435, 0.166, 0.215);
  over(look.hair, head * smooth((line - y) / 0.012 + 0.5), 1.05 + 0.4 * ellipse(x, y, -0.06, 0.27, 0.07, 0.03, 0.9));
}

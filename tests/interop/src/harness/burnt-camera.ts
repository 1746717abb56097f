// A camera whose pictures say whose they are and which: a mark and a number stand in them as black and white squares.

import type { Tab } from './browser.js';

export interface CameraOptions {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

/** Squares of the strip at the foot of each picture: eight of the mark, ten of the number, and four to check them. */
const SQUARES = { mark: 8, number: 10, check: 4 } as const;
export const NUMBERS = 2 ** SQUARES.number;

/** Runs before a page's own scripts: `getUserMedia` gives this camera; the microphone stays the browser's. */
export function burntCamera({ width, height, frameRate }: CameraOptions): string {
  return `(${install})(${JSON.stringify({ width, height, frameRate, ...SQUARES })});`;
}

declare global {
  interface Window {
    /** What stands in the pictures of this page's camera. */
    maruMark?: number;
  }
}

function install(options: CameraOptions & typeof SQUARES): void {
  if (!navigator.mediaDevices) return; // pages without encryption, such as the empty one
  const { width, height, frameRate } = options;
  const squares = options.mark + options.number + options.check;
  const mark = 1 + Math.floor(Math.random() * (2 ** options.mark - 1));
  window.maruMark = mark;
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const { video, ...rest } = wanted ?? {};
    const stream = rest.audio ? await original(rest) : new MediaStream();
    if (video) stream.addTrack(film());
    return stream;
  };

  function film(): MediaStreamTrack {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width, height];
    const pen = canvas.getContext('2d', { alpha: false })!;
    const track = canvas.captureStream(frameRate).getVideoTracks()[0]!;
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({ ...settings(), width, height, frameRate }); // as cameras say it
    let number = 0;
    const timer = setInterval(() => {
      if (track.readyState === 'ended') return clearInterval(timer);
      draw(pen, number);
      number = (number + 1) % 2 ** options.number;
    }, 1_000 / frameRate);
    draw(pen, 0);
    return track;
  }

  /** Somebody before a wall: a head that moves, a face that talks, and the grain of a cheap camera. */
  function draw(pen: CanvasRenderingContext2D, number: number): void {
    const strip = Math.ceil(height / 9);
    const wall = pen.createLinearGradient(0, 0, width, height);
    wall.addColorStop(0, `hsl(${mark}, 30%, 45%)`);
    wall.addColorStop(1, `hsl(${mark}, 30%, 75%)`);
    pen.fillStyle = wall;
    pen.fillRect(0, 0, width, height);
    const x = width * (0.5 + 0.06 * Math.sin(number / 9));
    const y = height * (0.42 + 0.03 * Math.cos(number / 7));
    pen.fillStyle = '#c98';
    pen.beginPath();
    pen.ellipse(x, y, width * 0.12, height * 0.28, 0.05 * Math.sin(number / 5), 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = '#622';
    pen.fillRect(x - width * 0.04, y + height * 0.12, width * 0.08, height * (0.01 + 0.04 * Math.abs(Math.sin(number))));
    for (let grain = 0; grain < 60; grain++) {
      pen.fillStyle = `rgba(0, 0, 0, ${Math.random() * 0.2})`;
      pen.fillRect(Math.random() * width, Math.random() * (height - strip), width / 40, height / 40);
    }
    const bits = `${binary(mark, options.mark)}${binary(number, options.number)}${binary((mark + number) % 2 ** options.check, options.check)}`;
    for (let square = 0; square < squares; square++) {
      pen.fillStyle = bits[square] === '1' ? '#fff' : '#000';
      pen.fillRect((square * width) / squares, height - strip, width / squares + 1, strip);
    }
  }

  function binary(value: number, digits: number): string {
    return value.toString(2).padStart(digits, '0');
  }
}

/** The mark that stands in the pictures which this page films. */
export async function markOf(tab: Tab): Promise<number> {
  const mark = await tab.evaluate(() => window.maruMark, undefined);
  if (mark === undefined) throw new Error('the page was opened without the burnt camera');
  return mark;
}

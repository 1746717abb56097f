// A camera and a screen whose pictures say whose they are and which: a mark and a number stand in them as black and white squares.

import type { Tab } from './browser.js';

export interface CameraOptions {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

/** Squares of the strip at the foot of each picture: eight of the mark, ten of the number, and four to check them. */
export const SQUARES = { mark: 8, number: 10, check: 4 } as const;

/** The finest that is on the screen: stripes of two points, black and white, in this part of its height. */
const STRIPES = { top: 0.2, bottom: 0.4, points: 2 } as const;

type Painter = (pen: CanvasRenderingContext2D, size: CameraOptions, number: number) => void;

/**
 * Runs before a page's own scripts: `getUserMedia` gives this camera, `getDisplayMedia` this screen; the microphone stays the browser's.
 * Headless Firefox has no screen of its own to share: it says `NotFoundError`.
 */
export function burntCamera(camera: CameraOptions, screen?: CameraOptions): string {
  return `(${install})(${JSON.stringify({ camera, screen, ...SQUARES, stripes: STRIPES })});`;
}

declare global {
  interface Window {
    /** What stands in the pictures of this page's camera, and of its screen. */
    maruMark?: number;
    maruScreenMark?: number;
    /** What `getDisplayMedia` gave last. */
    maruScreen?: MediaStreamTrack;
  }
}

interface Installed {
  readonly camera: CameraOptions;
  readonly screen?: CameraOptions | undefined;
  readonly stripes: typeof STRIPES;
}

function install({ camera, screen, stripes, ...bits }: Installed & typeof SQUARES): void {
  if (!navigator.mediaDevices) return; // pages without encryption, such as the empty one
  const squares = bits.mark + bits.number + bits.check;
  const marks = 2 ** bits.mark - 1;
  const mark = 1 + Math.floor(Math.random() * marks);
  const screenMark = 1 + ((mark + 100) % marks);
  Object.assign(window, { maruMark: mark, maruScreenMark: screenMark });
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const { video, ...rest } = wanted ?? {};
    const stream = rest.audio ? await original(rest) : new MediaStream();
    if (video) stream.addTrack(film(camera, mark, paintSomebody));
    return stream;
  };
  if (screen) {
    navigator.mediaDevices.getDisplayMedia = async () => {
      window.maruScreen = film(screen, screenMark, paintPage);
      return new MediaStream([window.maruScreen]);
    };
  }

  function film(size: CameraOptions, of: number, paint: Painter): MediaStreamTrack {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [size.width, size.height];
    const pen = canvas.getContext('2d', { alpha: false })!;
    const track = canvas.captureStream(size.frameRate).getVideoTracks()[0]!;
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({ ...settings(), ...size }); // as cameras say it
    let number = 0;
    const draw = (): void => {
      paint(pen, size, number);
      burn(pen, size, of, number);
    };
    const timer = setInterval(() => {
      if (track.readyState === 'ended') return clearInterval(timer);
      draw();
      number = (number + 1) % 2 ** bits.number;
    }, 1_000 / size.frameRate);
    draw();
    return track;
  }

  /** Lines of something to read, a hand that moves over it, and the stripes. */
  function paintPage(pen: CanvasRenderingContext2D, { width, height }: CameraOptions, number: number): void {
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = '#000';
    const { top, bottom, points } = stripes;
    for (let x = 0; x < width; x += 2 * points) pen.fillRect(x, top * height, points, (bottom - top) * height);
    for (let line = 0; line < 6; line++) {
      for (let word = 0; word < 8; word++) pen.fillRect(20 + (word * width) / 9, height * (0.5 + line / 18), width / 12, 3);
    }
    pen.fillRect((number * 7) % width, height * 0.45, 12, 12);
  }

  /** Somebody before a wall: a head that moves, a face that talks, and the grain of a cheap camera. */
  function paintSomebody(pen: CanvasRenderingContext2D, { width, height }: CameraOptions, number: number): void {
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
  }

  function burn(pen: CanvasRenderingContext2D, { width, height }: CameraOptions, of: number, number: number): void {
    const strip = Math.ceil(height / 9);
    const check = (of + number) % 2 ** bits.check;
    const digits = `${binary(of, bits.mark)}${binary(number, bits.number)}${binary(check, bits.check)}`;
    for (let square = 0; square < squares; square++) {
      pen.fillStyle = digits[square] === '1' ? '#fff' : '#000';
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

/** The mark that stands in the screen which this page shares. */
export async function screenMarkOf(tab: Tab): Promise<number> {
  const mark = await tab.evaluate(() => window.maruScreenMark, undefined);
  if (mark === undefined) throw new Error('the page was opened without the burnt screen');
  return mark;
}

/** The browser ends the sharing, as its own button does. Only Chromium: in Firefox a track that was stopped takes no events any more. */
export function endSharing(tab: Tab): Promise<void> {
  return tab.evaluate(() => {
    window.maruScreen?.stop();
    window.maruScreen?.dispatchEvent(new Event('ended')); // `stop()` tells nobody
  }, undefined);
}

/** How much is left of the stripes on the screen that `sharer` shares, as `tab` gets it: 1 all, 0 nothing but grey. */
export function sharpness(tab: Tab, sharer: string): Promise<number> {
  return tab.evaluate(
    ([name, { top, bottom, points }]) => {
      const find = (root: ParentNode): HTMLVideoElement | null => {
        for (const element of root.querySelectorAll<HTMLElement>('*')) {
          const { testid, kind, name: of } = element.dataset;
          if (testid === 'tile' && kind === 'screen' && of === name) return element.shadowRoot?.querySelector('video') ?? null;
          const found = element.shadowRoot && find(element.shadowRoot);
          if (found) return found;
        }
        return null;
      };
      const video = find(document);
      if (!video?.videoWidth) return 0;
      const paper = new OffscreenCanvas(video.videoWidth, video.videoHeight);
      const pen = paper.getContext('2d')!;
      pen.drawImage(video, 0, 0);
      const { data } = pen.getImageData(0, Math.floor((video.videoHeight * (top + bottom)) / 2), video.videoWidth, 1);
      let [sum, count] = [0, 0];
      for (let x = 0; x + 2 * points <= video.videoWidth; x += 2 * points, count++) {
        for (let point = 0; point < points; point++) sum += data[(x + points + point) * 4 + 1]! - data[(x + point) * 4 + 1]!;
      }
      return sum / (count * points * 255);
    },
    [sharer, STRIPES] as const,
  );
}

/** Somebody in front of something, painted: for looking at the hall without cameras. */
interface Look {
  readonly wall: readonly [string, string];
  readonly skin: string;
  readonly hair: string;
  readonly shirt: string;
}

const LOOKS: readonly Look[] = [
  { wall: ['#d9c3a0', '#8c6f4a'], skin: '#e8b894', hair: '#2b211b', shirt: '#3f7d6c' },
  { wall: ['#a9b8b2', '#5d6f6a'], skin: '#c98d66', hair: '#1c1715', shirt: '#c2602b' },
  { wall: ['#c9b6c4', '#77657a'], skin: '#f0c9a8', hair: '#6b3f22', shirt: '#2f4a6b' },
  { wall: ['#e3d5b8', '#a58e5f'], skin: '#8d5a3c', hair: '#120e0c', shirt: '#b7791f' },
  { wall: ['#b7c4cf', '#5f7384'], skin: '#e0ac86', hair: '#3a3632', shirt: '#7a3b47' },
  { wall: ['#cfd3b9', '#7a8060'], skin: '#f2d0b4', hair: '#a8792f', shirt: '#4b4238' },
];

/** A stream that shows the `nth` painted person, breathing a little. */
export function paintedPerson(nth: number, width = 640, height = 360): MediaStream {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  const look = LOOKS[nth % LOOKS.length];
  let frame = nth * 7;
  const draw = (): void => {
    if (context && look) paint(context, look, frame++);
  };
  draw();
  setInterval(draw, 120);
  return canvas.captureStream(8);
}

function paint(context: CanvasRenderingContext2D, look: Look, frame: number): void {
  const { width, height } = context.canvas;
  const breath = Math.sin(frame / 9) * height * 0.004;
  const wall = context.createLinearGradient(0, 0, width, height);
  wall.addColorStop(0, look.wall[0]);
  wall.addColorStop(1, look.wall[1]);
  context.fillStyle = wall;
  context.fillRect(0, 0, width, height);
  context.fillStyle = 'rgb(255 250 235 / 35%)';
  context.fillRect(width * 0.08, height * 0.1, width * 0.18, height * 0.42);
  const x = width / 2;
  const unit = Math.min(height, width);
  ellipse(context, look.hair, x, height * 0.42 + breath, unit * 0.2, unit * 0.25);
  ellipse(context, look.shirt, x, height * 1.05, unit * 0.42, unit * 0.36 - breath);
  context.fillStyle = look.skin;
  context.fillRect(x - unit * 0.055, height * 0.56 + breath, unit * 0.11, unit * 0.16);
  ellipse(context, look.skin, x, height * 0.45 + breath, unit * 0.155, unit * 0.2);
  ellipse(context, look.hair, x, height * 0.3 + breath, unit * 0.165, unit * 0.085);
  ellipse(context, '#2a211c', x - unit * 0.055, height * 0.44 + breath, unit * 0.012, unit * 0.015);
  ellipse(context, '#2a211c', x + unit * 0.055, height * 0.44 + breath, unit * 0.012, unit * 0.015);
  context.strokeStyle = '#8a4a3a';
  context.lineWidth = unit * 0.009;
  context.beginPath();
  context.arc(x, height * 0.51 + breath, unit * 0.05, 0.3, Math.PI - 0.3);
  context.stroke();
}

function ellipse(context: CanvasRenderingContext2D, color: string, x: number, y: number, radiusX: number, radiusY: number): void {
  context.fillStyle = color;
  context.beginPath();
  context.ellipse(x, y, radiusX, radiusY, 0, 0, Math.PI * 2);
  context.fill();
}

/** A stream that shows a document, as a shared screen does. */
export function paintedScreen(): MediaStream {
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  const context = canvas.getContext('2d');
  const draw = (): void => {
    if (!context) return;
    context.fillStyle = '#fbfaf7';
    context.fillRect(0, 0, 1280, 720);
    context.fillStyle = '#2d3440';
    context.fillRect(0, 0, 1280, 54);
    context.fillStyle = '#333';
    context.font = '600 44px sans-serif';
    context.fillText('Plan for the garden', 110, 160);
    context.fillStyle = '#b9c2cc';
    for (let row = 0; row < 9; row += 1) context.fillRect(110, 210 + row * 46, 460 + ((row * 97) % 260), 16);
    ['#7fc1ae', '#d9a566', '#9ab0c8', '#c98b7f'].forEach((color, index) => {
      context.fillStyle = color;
      const height = 120 + ((index * 71) % 210);
      context.fillRect(830 + index * 92, 590 - height, 64, height);
    });
  };
  draw();
  setInterval(draw, 500);
  return canvas.captureStream(4);
}

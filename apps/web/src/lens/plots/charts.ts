import type { SeriesName } from '@maru/client';
import { type Bilingual, say } from '../bilingual.js';

/** How the numbers of a chart are written. */
export type Unit = 'bitrate' | 'milliseconds' | 'percent' | 'frames' | 'pixels' | 'count';

/** Columns of equal length. A missing value is null. */
export interface PlotSeries {
  readonly atMs: readonly number[];
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
}

export interface Curve<Name extends string = string> {
  readonly name: Name;
  readonly label: Bilingual;
  /** Colour token of the theme, without the dashes. */
  readonly colour: 'wood' | 'celadon' | 'ink-soft' | 'vermilion';
  readonly dashed?: boolean;
  readonly stepped?: boolean;
}

/** Curves that share a unit and a frame. */
export interface Chart<Name extends string = string> {
  readonly id: string;
  readonly title: Bilingual;
  /** What the reader may learn from it. */
  readonly about: Bilingual;
  readonly unit: Unit;
  readonly curves: readonly Curve<Name>[];
}

const SENDING = say('sending', '보내기');
const RECEIVING = say('receiving', '받기');

export const CHARTS: readonly Chart<SeriesName>[] = [
  {
    id: 'bitrate',
    title: say('Bitrate', '비트레이트'),
    about: say(
      'How much travels each second. The dashed line is what the browser believes the way up could carry.',
      '초마다 오가는 양이에요. 점선은 올라가는 길이 나를 수 있으리라고 브라우저가 어림한 값이에요.',
    ),
    unit: 'bitrate',
    curves: [
      { name: 'upBps', label: SENDING, colour: 'wood' },
      { name: 'downBps', label: RECEIVING, colour: 'celadon' },
      { name: 'availableUpBps', label: say('possible', '가능한 양'), colour: 'ink-soft', dashed: true },
    ],
  },
  {
    id: 'round-trip',
    title: say('Round trip', '왕복 시간'),
    about: say(
      'How long a small question takes to the other side and back. Below 200 ms talking feels natural.',
      '작은 물음이 상대에게 갔다가 돌아오는 시간이에요. 200 ms 아래면 대화가 자연스러워요.',
    ),
    unit: 'milliseconds',
    curves: [{ name: 'rttMs', label: say('round trip', '왕복'), colour: 'wood' }],
  },
  {
    id: 'loss',
    title: say('Loss', '손실'),
    about: say('Packets that did not arrive. Up to 2 % is hidden well.', '도착하지 못한 패킷이에요. 2 %까지는 잘 가려져요.'),
    unit: 'percent',
    curves: [
      { name: 'lossUp', label: SENDING, colour: 'wood' },
      { name: 'lossDown', label: RECEIVING, colour: 'celadon' },
    ],
  },
  {
    id: 'jitter',
    title: say('Jitter', '지터'),
    about: say(
      'How unevenly packets arrive. The receiver waits about this long to play evenly.',
      '패킷이 얼마나 고르지 않게 오는지예요. 받는 쪽은 이만큼 기다려 고르게 재생해요.',
    ),
    unit: 'milliseconds',
    curves: [{ name: 'jitterMs', label: say('jitter', '지터'), colour: 'celadon' }],
  },
  {
    id: 'frames',
    title: say('Frames', '프레임'),
    about: say('Pictures a second.', '초마다 그림의 수예요.'),
    unit: 'frames',
    curves: [
      { name: 'framesUp', label: SENDING, colour: 'wood' },
      { name: 'framesDown', label: RECEIVING, colour: 'celadon' },
    ],
  },
  {
    id: 'layers',
    title: say('Picture height', '그림 높이'),
    about: say(
      'Lines of the picture. It steps down when the line or the processor cannot keep up.',
      '그림의 세로 줄 수예요. 회선이나 프로세서가 따라가지 못하면 내려가요.',
    ),
    unit: 'pixels',
    curves: [
      { name: 'heightUp', label: SENDING, colour: 'wood', stepped: true },
      { name: 'heightDown', label: RECEIVING, colour: 'celadon', stepped: true },
    ],
  },
];

/** How far back a plot looks. */
export const WINDOW_SECONDS = 120;

/** Columns for uPlot: seconds before the newest point (negative), then one column for each curve. */
export type ChartColumns = readonly [readonly number[], ...(readonly (number | null)[])[]];

/** Cuts the last {@link WINDOW_SECONDS} of a chart's curves out of the series, in the chart's own unit. */
export function chartColumns(series: PlotSeries, chart: Chart): ChartColumns {
  const newest = series.atMs.at(-1) ?? 0;
  const first = series.atMs.findIndex((at) => at > newest - WINDOW_SECONDS * 1_000);
  const from = Math.max(0, first);
  const seconds = series.atMs.slice(from).map((at) => (at - newest) / 1_000);
  const factor = chart.unit === 'percent' ? 100 : 1;
  const columns = chart.curves.map(({ name }) =>
    (series.values[name] ?? []).slice(from).map((value) => (value === null ? null : value * factor)),
  );
  return [seconds, ...columns];
}

/** A number of a chart as people read it, the unit included. */
export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  switch (unit) {
    case 'bitrate':
      return formatBitrate(value);
    case 'milliseconds':
      return `${shortNumber(value)} ms`;
    case 'percent':
      return `${shortNumber(value)} %`;
    case 'frames':
      return `${Math.round(value)}/s`;
    case 'pixels':
      return `${Math.round(value)} px`;
    case 'count':
      return Number.isInteger(value) ? String(value) : shortNumber(value);
  }
}

/** One decimal below ten, where it says something. */
function shortNumber(value: number): string {
  return value > 0 && value < 10 ? value.toFixed(1) : String(Math.round(value));
}

/** Bits per second as people read them. */
export function formatBitrate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 10_000_000) return `${Math.round(bitsPerSecond / 1e6)} Mbit/s`;
  if (bitsPerSecond >= 1_000_000) return `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return bitsPerSecond >= 1_000 ? `${Math.round(bitsPerSecond / 1e3)} kbit/s` : `${Math.round(bitsPerSecond)} bit/s`;
}

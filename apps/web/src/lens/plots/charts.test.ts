import { describe, expect, test } from 'vitest';
import { series } from '../testing/inspections.js';
import { CHARTS, chartColumns, formatValue } from './charts.js';

describe('columns of a chart', () => {
  const [bitrate, , loss] = CHARTS;

  test('count backwards from the newest point', () => {
    const [seconds] = chartColumns(series(60), bitrate!);
    expect(seconds[0]).toBe(-59);
    expect(seconds.at(-1)).toBe(0);
  });
  test('show the last two minutes and no more', () => {
    const [seconds, ...curves] = chartColumns(series(300), bitrate!);
    expect(seconds).toHaveLength(120);
    expect(curves.map((curve) => curve.length)).toEqual([120, 120, 120]);
  });
  test('keep gaps as gaps', () => {
    expect(chartColumns(series(10), bitrate!)[3]?.slice(0, 4)).toEqual([null, null, null, 2_400_000]);
  });
  test('show loss in percent', () => {
    expect(chartColumns(series(10), loss!)[1]?.[0]).toBeCloseTo(0.2);
  });
  test('an empty series is an empty chart', () => {
    expect(chartColumns(series(0), bitrate!)).toEqual([[], [], [], []]);
  });
});

test.each([
  [1_234_567, 'bitrate', '1.2 Mbit/s'],
  [64_000, 'bitrate', '64 kbit/s'],
  [12, 'bitrate', '12 bit/s'],
  [25_400_000, 'bitrate', '25 Mbit/s'],
  [3.14, 'milliseconds', '3.1 ms'],
  [24.6, 'milliseconds', '25 ms'],
  [0.2, 'percent', '0.2 %'],
  [29.97, 'frames', '30/s'],
  [720, 'pixels', '720 px'],
  [7, 'count', '7'],
  [2.5, 'count', '2.5'],
  [null, 'percent', '–'],
] as const)('%s as %s is %s', (value, unit, text) => expect(formatValue(value, unit)).toBe(text));

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Arrangement, arrange, arrangeStrip, type Box, focusOn, MAX_TILES, type Size } from './arrange.js';

const stages = fc.record({ width: fc.integer({ min: 240, max: 3_840 }), height: fc.integer({ min: 240, max: 2_160 }) });
const counts = fc.integer({ min: 1, max: MAX_TILES });

function inside({ width, height }: Size, box: Box): boolean {
  return box.x >= -0.5 && box.y >= -0.5 && box.x + box.width <= width + 0.5 && box.y + box.height <= height + 0.5;
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

const areaOf = (arrangement: Arrangement) => arrangement.boxes.reduce((sum, box) => sum + box.width * box.height, 0);

test('every tile is on the stage, none covers another, all are equal', () => {
  fc.assert(
    fc.property(counts, stages, (count, stage) => {
      const { boxes } = arrange(count, stage);
      expect(boxes).toHaveLength(count);
      boxes.forEach((box, index) => {
        expect(inside(stage, box)).toBe(true);
        expect([box.width, box.height]).toEqual([boxes[0]?.width, boxes[0]?.height]);
        for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false);
      });
    }),
  );
});

test('tiles are 16:9, square or 9:16, and tall ones are for portrait windows only', () => {
  fc.assert(
    fc.property(counts, stages, (count, stage) => {
      const [box] = arrange(count, stage).boxes;
      const aspects = stage.width >= stage.height ? [16 / 9, 1] : [16 / 9, 1, 9 / 16];
      const near = aspects.some((aspect) => Math.abs(Math.floor(box!.width / aspect) - box!.height) <= 1);
      expect(near).toBe(true);
    }),
  );
});

test('no other number of columns gives larger 16:9 tiles', () => {
  fc.assert(
    fc.property(counts, stages, (count, stage) => {
      const { boxes } = arrange(count, stage, 8);
      const area = boxes[0]!.width * boxes[0]!.height;
      for (let columns = 1; columns <= count; columns += 1) {
        const rows = Math.ceil(count / columns);
        const width = Math.floor(
          Math.min((stage.width - 8 * (columns - 1)) / columns, ((stage.height - 8 * (rows - 1)) / rows) * (16 / 9)),
        );
        expect(area).toBeGreaterThanOrEqual(Math.max(0, width) * Math.floor(Math.max(0, width) / (16 / 9)) - 1);
      }
    }),
  );
});

test('a wider window is never used worse: squares give way to 16:9 only when little is lost', () => {
  const worth = (arrangement: Arrangement) =>
    areaOf(arrangement) * (arrangement.boxes[0]!.width > arrangement.boxes[0]!.height * 1.3 ? 1 : 0.72);
  fc.assert(
    fc.property(counts, stages, fc.integer({ min: 1, max: 400 }), (count, stage, more) => {
      fc.pre(stage.width >= stage.height);
      const wider = arrange(count, { ...stage, width: stage.width + more });
      const rounding = count * (stage.width + stage.height);
      expect(worth(wider)).toBeGreaterThanOrEqual(worth(arrange(count, stage)) - rounding);
    }),
  );
});

test('one person alone fills a 16:9 window', () => {
  expect(arrange(1, { width: 1600, height: 900 }).boxes).toEqual([{ x: 0, y: 0, width: 1600, height: 900 }]);
});

test('two sit side by side on a desk, above each other on a phone', () => {
  expect(arrange(2, { width: 1440, height: 800 })).toMatchObject({ columns: 2, rows: 1 });
  expect(arrange(2, { width: 390, height: 760 })).toMatchObject({ columns: 1, rows: 2 });
});

test('forty-nine make seven by seven in a 16:9 window', () => {
  expect(arrange(49, { width: 1920, height: 1080 })).toMatchObject({ columns: 7, rows: 7 });
});

test('an incomplete last row stands in the middle', () => {
  const { boxes } = arrange(3, { width: 1280, height: 720 });
  const [first, second, third] = boxes;
  expect(third!.x + third!.width / 2).toBeCloseTo((first!.x + second!.x + second!.width) / 2, 0);
});

test('nothing is arranged for nobody, or on a stage without room', () => {
  expect(arrange(0, { width: 800, height: 600 }).boxes).toEqual([]);
  expect(arrange(3, { width: 0, height: 600 }).boxes).toEqual([]);
});

test('the large picture and the strip share the stage without touching', () => {
  fc.assert(
    fc.property(stages, fc.integer({ min: 1, max: 48 }), (stage, others) => {
      const { main, strip, direction } = focusOn(stage, others);
      expect(inside(stage, main) && inside(stage, strip)).toBe(true);
      expect(overlap(main, strip)).toBe(false);
      expect(main.width * main.height).toBeGreaterThan(strip.width * strip.height * 0.9);
      const { boxes, fit, pager } = arrangeStrip(strip, direction, others);
      expect(boxes).toHaveLength(Math.min(others, fit));
      expect(pager !== undefined).toBe(fit < others);
      if (boxes.length === 1) return; // one that hardly fits is shown all the same
      for (const box of boxes) {
        expect(inside(stage, box)).toBe(true);
        expect(pager !== undefined && overlap(pager, box)).toBe(false);
      }
    }),
  );
});

test('without others the large picture has the whole stage', () => {
  expect(focusOn({ width: 900, height: 600 }, 0).main).toEqual({ x: 0, y: 0, width: 900, height: 600 });
});

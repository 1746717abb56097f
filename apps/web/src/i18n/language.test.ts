import { expect, test } from 'vitest';
import { en } from './en.js';
import { ko } from './ko.js';
import { languageOf } from './language.js';

test('the first language of the browser that we speak is taken, whatever its region', () => {
  expect(languageOf(['fr-FR', 'ko-KR', 'en-US'])).toBe('ko');
  expect(languageOf(['EN-gb'])).toBe('en');
  expect(languageOf(['fr', 'de'])).toBe('en');
  expect(languageOf([])).toBe('en');
});

/** Every text with the path of its key; functions are called with something to stand for their arguments. */
function texts(node: unknown, path = ''): [path: string, text: string][] {
  if (typeof node === 'string') return [[path, node]];
  if (typeof node === 'function') return [[path, String(node('7', '8', '9'))]];
  return Object.entries(node as object).flatMap(([key, child]) => texts(child, `${path}.${key}`));
}

test('no text is empty, and every Korean text is Korean', () => {
  const same = new Set(['.app.name', '.shortcuts.escapeKey', '.hall.youNamed', '.threshold.nthDevice', '.chat.from']);
  const brands = /^\.permission\.(chromium|edge|firefox|safari)$/;
  for (const [path, text] of [...texts(en), ...texts(ko)]) expect(text.trim(), path).not.toBe('');
  for (const [path, text] of texts(ko)) {
    if (!same.has(path) && !brands.test(path)) expect(text, path).toMatch(/[가-힣]/);
  }
});

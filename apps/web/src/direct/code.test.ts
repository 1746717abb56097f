import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeFromText, shareTextFor } from './code.js';

const CODE = 'i1.'.concat('aZ09-_'.repeat(60));
const LINK = `https://maru.example/direct#${CODE}`;

describe('a code is found', () => {
  test.each([
    ['bare', CODE],
    ['with blanks around it', `  ${CODE}\n`],
    ['behind a link', LINK],
    ['as a fragment', `#${CODE}`],
    ['broken over lines by a mail program', CODE.replace(/(.{60})/g, '$1\n')],
    ['as a link broken over lines', `Open this:\n${LINK.replace(/(.{70})/g, '$1\r\n')}\r\nSee you`],
    ['with a line of thanks below', `${LINK}\nthanks`],
    ['with zero-width characters from a messenger', CODE.replace(/(.{20})/g, '$1\u200b')],
    ['in the middle of a message', `Hi, open this: ${LINK} see you!`],
    ['in quotation marks', `"${CODE}"`],
    ['in angle brackets', `<${LINK}>`],
    ['as a bare code after a greeting', `here it is ${CODE}`],
  ])('%s', (_situation, text) => expect(codeFromText(text)).toBe(CODE));
});

test.each([
  '',
  'hello',
  'https://maru.example/direct',
  'https://maru.example/h/plum#top',
  'ㄱㄴㄷ'.repeat(20),
  'x'.repeat(30_000),
])('nothing is found where there is nothing', (text) => expect(codeFromText(text)).toBeUndefined());

test('whatever is pasted, the answer is a clean code or nothing', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const code = codeFromText(text);
      if (code !== undefined) expect(code).toMatch(/^[A-Za-z0-9_.~-]{16,}$/);
    }),
  );
});

describe('what is passed on', () => {
  test('is a link to this page without its query, where the page has an address', () => {
    expect(shareTextFor(CODE, new URL('https://maru.example/direct?x=1#old'))).toBe(LINK);
  });
  test('is the bare code, where the page is a file', () => {
    expect(shareTextFor(CODE, new URL('file:///home/minji/maru-direct.html'))).toBe(CODE);
  });
  test('is found again by the other side', () => {
    expect(codeFromText(shareTextFor(CODE, new URL('http://192.0.2.1:7000/direct')))).toBe(CODE);
  });
});

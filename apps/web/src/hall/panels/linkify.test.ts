import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkify } from './linkify.js';

test('addresses become links, the sentence around them stays', () => {
  expect(linkify('see https://maru.example/h/abc, it works!')).toEqual([
    { type: 'text', text: 'see ' },
    { type: 'link', text: 'https://maru.example/h/abc', href: 'https://maru.example/h/abc' },
    { type: 'text', text: ', it works!' },
  ]);
});

test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'https://', 'nothing here', '<a href=x>'])(
  '%j has no link',
  (text) => {
    expect(linkify(text)).toEqual([{ type: 'text', text }]);
  },
);

test('the parts are the text, and every link is http or https', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.webUrl(), fc.constant('javascript:x'))), (pieces) => {
      const text = pieces.join(' ');
      const parts = linkify(text);
      expect(parts.map((part) => part.text).join('')).toBe(text);
      for (const part of parts) if (part.type === 'link') expect(part.href).toMatch(/^https?:\/\//);
    }),
  );
});

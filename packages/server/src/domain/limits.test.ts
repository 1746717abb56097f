import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fits, utf8Bytes } from './limits.js';

test('the length in UTF-8 is what an encoder would make', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
    }),
  );
});

test('a value fits if its JSON text does, of strings full of escapes too', () => {
  const escaped = fc.string({ unit: fc.constantFrom('\u0000', '"', '\\', 'a', 'é', '마', '\u{1f98a}') });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), escaped), fc.nat(200), (value, limitBytes) => {
      expect(fits(value, limitBytes)).toBe(Buffer.byteLength(JSON.stringify(value)) <= limitBytes);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeFileName } from './file-name.js';

test.each([
  ['photo.jpg', 'photo.jpg'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Windows\\system32\\evil.dll', 'evil.dll'],
  ['회의록 2026.pdf', '회의록 2026.pdf'],
  ['\u202Egpj.exe', 'gpj.exe'],
  ['a\r\nb\0.txt', 'ab.txt'],
  ['..', 'file'],
  ['', 'file'],
  ['.bashrc', 'bashrc'],
  ['con.txt', '_con.txt'],
  ['a<b>:"c|?*.txt', 'a_b___c___.txt'],
  [`${'x'.repeat(300)}.tar`, `${'x'.repeat(116)}.tar`],
])('%j becomes %j', (given, safe) => {
  expect(safeFileName(given)).toBe(safe);
});

test('no name leads out of its folder or hides anything', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
      const safe = safeFileName(name);
      expect(safe).not.toMatch(/[/\\\p{Cc}\p{Cf}]/u);
      expect(['', '.', '..']).not.toContain(safe);
      expect([...safe].length).toBeLessThanOrEqual(121);
    }),
  );
});

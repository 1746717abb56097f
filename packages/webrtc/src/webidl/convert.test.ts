import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  LONG,
  nullable,
  OCTET,
  toDictionary,
  toDomString,
  toEnum,
  toInteger,
  toSequence,
  toUsvString,
  UNSIGNED_LONG,
  UNSIGNED_SHORT,
} from './convert.js';

describe('integers', () => {
  test.each([
    [-1, 65_535],
    [65_536, 0],
    [65_537.9, 1],
    ['7', 7],
    [null, 0],
    [undefined, 0],
    [Number.NaN, 0],
    [Infinity, 0],
    [true, 1],
  ])('%s as an unsigned short is %s, wrapped', (value, expected) => {
    expect(toInteger(value, UNSIGNED_SHORT, 'wrap')).toBe(expected);
  });

  test.each([-1, 256, Number.NaN, Infinity, undefined, 'x'])('%s is no octet in range', (value) => {
    expect(() => toInteger(value, OCTET, 'enforce')).toThrow(TypeError);
  });

  test.each([
    [255.9, 255],
    [-0.5, 0],
  ])('%s is an octet in range: %s', (value, expected) => {
    expect(toInteger(value, OCTET, 'enforce')).toBe(expected);
  });

  test('wrap as typed arrays do', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -(2 ** 40), max: 2 ** 40 }), (value) => {
        expect(toInteger(value, LONG, 'wrap')).toBe(Int32Array.of(value)[0]);
        expect(toInteger(value, UNSIGNED_LONG, 'wrap')).toBe(Uint32Array.of(value)[0]);
      }),
    );
  });

  test('symbols and bigints are type errors', () => {
    for (const value of [Symbol('x'), 1n]) expect(() => toInteger(value, OCTET, 'wrap')).toThrow(TypeError);
  });
});

test('text: a symbol is none, a lone surrogate is replaced in a USVString', () => {
  expect(() => toDomString(Symbol('x'))).toThrow(TypeError);
  expect(toDomString({ toString: () => 'x' })).toBe('x');
  expect(toUsvString('a\uD800b')).toBe('a\uFFFDb');
  expect(toUsvString('grüß 😀')).toBe('grüß 😀');
});

test('dictionaries: nothing is empty, anything but an object is a type error', () => {
  expect(toDictionary(null, 'X')).toEqual({});
  expect(toDictionary(undefined, 'X')).toEqual({});
  expect(() => toDictionary('x', 'X')).toThrow(TypeError);
  expect(nullable(null, Number)).toBeNull();
  expect(nullable(undefined, Number)).toBeUndefined();
});

test('enumerations and sequences take what is theirs', () => {
  expect(toEnum('relay', ['relay', 'all'], 'X')).toBe('relay');
  expect(() => toEnum('Relay', ['relay', 'all'], 'X')).toThrow(TypeError);
  expect(toSequence(new Set([1, 2]), String, 'X')).toEqual(['1', '2']);
  expect(() => toSequence({}, String, 'X')).toThrow(TypeError);
  expect(() => toSequence('ab', String, 'X')).toThrow(TypeError);
});

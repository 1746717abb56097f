type AnyClass = abstract new (...args: never[]) => object;

/**
 * Makes a class look as Web IDL says an interface does: members enumerable, `Symbol.toStringTag` its name. Private fields
 * do the rest: calling a member on another object is a TypeError.
 */
export function defineInterface(target: AnyClass, name: string): void {
  const prototype = target.prototype as object;
  makeEnumerable(prototype, ['constructor']);
  makeEnumerable(target, ['length', 'name', 'prototype']);
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  if (target.name !== name) Object.defineProperty(target, 'name', { value: name, configurable: true });
}

function makeEnumerable(object: object, except: readonly string[]): void {
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    if (!except.includes(key)) Object.defineProperty(object, key, { ...property, enumerable: true });
  }
}

/**
 * The token that only our own code has: constructors of interfaces that scripts cannot construct ask for it. They take
 * their parameters as a rest, because to scripts such a constructor has none.
 */
export const INTERNAL: unique symbol = Symbol('internal');
export type Internal = typeof INTERNAL;

/** Throws what browsers throw when a script constructs such an interface. */
export function refuseScripts(token: unknown): asserts token is Internal {
  if (token !== INTERNAL) throw new TypeError('Illegal constructor');
}

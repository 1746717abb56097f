/** An invariant of ours does not hold. Nothing below the session boundary catches it. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws {@link InvariantError} unless `condition`; `claim` says what should have been true. */
export function assert(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new InvariantError(claim);
}

/** The end of a `switch` over a union: a variant that nobody handled does not compile. */
export function assertNever(value: never): never {
  throw new InvariantError(`no case for ${JSON.stringify(value)}`);
}

/** Why bytes from the network were refused. A value to return and count, never an exception. */
export class Malformed {
  private constructor(readonly reason: string) {}

  /** Makes the one frozen refusal for `reason`, which is also its metric label: `layer/structure/what`. */
  static readonly of = (reason: string): Malformed => Object.freeze(new Malformed(reason));
}

/** The outcome of decoding: the thing itself, or the reason that it is not one. */
export type Decoded<T> = T | Malformed;

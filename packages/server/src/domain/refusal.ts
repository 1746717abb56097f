import type { ErrorCode } from '@maru/signaling';

/** Why the domain says no. A value to return; REST makes a problem of it and signaling a `failed`. */
export class Refusal {
  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    readonly field?: string,
  ) {}
}

/** The outcome of a request: what was asked for, or why not. */
export type Outcome<T> = T | Refusal;

/** Why a description cannot be applied. A value; the W3C classes turn it into the exception that their specification names. */
export class JsepFault {
  constructor(
    /** Stable, `jsep/…`. */
    readonly reason: string,
    /** `invalid-access`: it contradicts itself or what was agreed. `operation`: it is of good form, and cannot be carried out. */
    readonly kind: 'invalid-access' | 'operation',
    /** For people: what was expected, what came, and where. */
    readonly message: string,
  ) {}
}

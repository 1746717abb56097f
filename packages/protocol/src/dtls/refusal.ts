/** Why a handshake cannot go on, and the alert that tells the peer. A value: refusing is ordinary. */
export class Refusal {
  constructor(
    readonly alert: number,
    readonly reason: string,
  ) {}
}

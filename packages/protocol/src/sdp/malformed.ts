/** Why a description was refused, and where. A value to return, never an exception. */
export class SdpMalformed {
  constructor(
    /** Stable, `sdp/…`. */
    readonly reason: string,
    /** The line at fault, counted from 1, as RTCError's `sdpLineNumber` has it. */
    readonly lineNumber: number,
    /** What a person needs to find the mistake: what was expected. */
    readonly expected: string,
  ) {}
}

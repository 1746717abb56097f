/** Reports that count: some eight seconds, so that a clock which was set is followed. */
const REMEMBERED = 8;

/** How the other side's clock stands to ours, by its sender reports (RFC 3550 §6.4.1): of the last few that which waited least. */
export class RemoteClock {
  private readonly offsets: number[] = [];

  /** A report that said `senderNtpMs` came at `receivedNtpMs`, both wall times, half a round trip after it left. */
  reported(senderNtpMs: number, receivedNtpMs: number, roundTripMs: number): void {
    this.offsets.push(senderNtpMs + roundTripMs / 2 - receivedNtpMs);
    if (this.offsets.length > REMEMBERED) this.offsets.shift();
  }

  /** What to add to our clock to get theirs, in milliseconds; undefined before a report. */
  get offsetMs(): number | undefined {
    return this.offsets.length > 0 ? Math.max(...this.offsets) : undefined; // a report that waits makes their clock look slow
  }
}

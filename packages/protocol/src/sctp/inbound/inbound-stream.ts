/** A whole message that waits for an earlier one of its stream; `bytes` is undefined for one that was refused. */
export interface WaitingMessage {
  readonly ppid: number;
  readonly bytes: Uint8Array | undefined;
}

/** The receiving side of one stream: which message is next, and those that came too early. */
export class InboundStream {
  /** Stream sequence number or message identifier of the next ordered message. */
  nextSequence = 0;
  readonly waitingBySequence = new Map<number, WaitingMessage>();
  /** Length of the last message that needed reassembly: the next is probably as long. */
  lastMessageBytes = 0;

  /** `sequenceBits`: 16 for DATA, 32 for I-DATA. */
  constructor(
    readonly streamId: number,
    private readonly sequenceBits: 16 | 32,
  ) {}

  /** How far `sequence` is ahead of the next one; negative: it has passed. */
  distance(sequence: number): number {
    const shift = 32 - this.sequenceBits;
    return ((sequence - this.nextSequence) << shift) >> shift;
  }

  after(sequence: number): number {
    return this.sequenceBits === 16 ? (sequence + 1) & 0xffff : (sequence + 1) >>> 0;
  }
}

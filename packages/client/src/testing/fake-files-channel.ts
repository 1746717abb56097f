import type { FilesChannel } from '../files/pair-files.js';

/** One end of a data channel in memory: ordered, reliable, with a buffer that drains as the test says. */
export class FakeFilesChannel implements FilesChannel {
  readyState: RTCDataChannelState = 'open';
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  onmessage: FilesChannel['onmessage'] = null;
  onclose: FilesChannel['onclose'] = null;
  onbufferedamountlow: FilesChannel['onbufferedamountlow'] = null;
  /** Every message that was sent, for tests that look. */
  readonly sent: (string | ArrayBuffer)[] = [];
  private readonly line: (string | ArrayBuffer)[] = [];
  private other: FakeFilesChannel | undefined;

  static pair(): [FakeFilesChannel, FakeFilesChannel] {
    const a = new FakeFilesChannel();
    const b = new FakeFilesChannel();
    a.other = b;
    b.other = a;
    return [a, b];
  }

  send(data: string | Blob | ArrayBuffer | ArrayBufferView): void {
    if (this.readyState !== 'open') throw new Error('InvalidStateError');
    const copy =
      typeof data === 'string'
        ? data
        : ArrayBuffer.isView(data)
          ? (data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer)
          : (data as ArrayBuffer);
    this.sent.push(copy);
    this.line.push(copy);
    this.bufferedAmount += sizeOf(copy);
  }

  /** Messages on their way to the other end. */
  get waiting(): number {
    return this.line.length;
  }

  /** Delivers the next message; false when there is none. */
  deliver(): boolean {
    const data = this.line.shift();
    if (data === undefined) return false;
    const before = this.bufferedAmount;
    this.bufferedAmount -= sizeOf(data);
    this.other?.say(data);
    if (before > this.bufferedAmountLowThreshold && this.bufferedAmount <= this.bufferedAmountLowThreshold)
      call(this.onbufferedamountlow);
    return true;
  }

  /** Both ends are gone, with everything on its way. */
  break(): void {
    for (const end of [this, this.other]) {
      if (!end || end.readyState === 'closed') continue;
      end.readyState = 'closed';
      end.line.length = 0;
      call(end.onclose);
    }
  }

  /** Puts a message in the other end's mouth. */
  say(data: unknown): void {
    const { onmessage } = this;
    (onmessage as ((event: { data: unknown }) => void) | null)?.({ data });
  }
}

function call(listener: unknown): void {
  (listener as (() => void) | null)?.();
}

function sizeOf(data: string | ArrayBuffer): number {
  return typeof data === 'string' ? data.length : data.byteLength;
}

import type { Instant } from '../core/index.js';
import type { Flight } from './flights/flight.js';
import { FRAGMENT_HEADER_BYTES, fragmentHeader, type HandshakeMessage } from './handshake-message.js';
import type { DtlsOutputQueue } from './output-queue.js';
import { ContentType } from './record.js';
import { MAX_RECORD_OVERHEAD_BYTES } from './record-protection.js';
import type { Epoch, RecordWriter } from './record-writer.js';
import { concat } from './vector.js';

/** Rather a new datagram than a piece of a message smaller than this at the end of one. */
const SMALLEST_PIECE_BYTES = 64;
/** Below this no useful piece of a message fits. */
export const MIN_MTU_BYTES = MAX_RECORD_OVERHEAD_BYTES + FRAGMENT_HEADER_BYTES + 16;

const NO_BYTES = new Uint8Array(0);

const CHANGE_CIPHER_SPEC_BODY = Uint8Array.of(1);

/** Cuts flights into records and packs these into datagrams (RFC 6347 §4.1.1, §4.2.3). */
export class FlightSender {
  /** When a flight was sent last. */
  lastSentAt: Instant = -Infinity;
  private out: Uint8Array = NO_BYTES;
  private used = 0;

  constructor(
    private readonly writer: RecordWriter,
    private readonly queue: DtlsOutputQueue,
    private readonly onDatagram: (bytes: number) => void,
  ) {}

  send(now: Instant, flight: Flight, mtuBytes: number): void {
    this.lastSentAt = now;
    this.begin(mtuBytes);
    let epoch: Epoch = 0;
    for (const item of flight.items) {
      if (item.type === 'message') this.addMessage(epoch, item.message, mtuBytes);
      else {
        this.addRecord(epoch, ContentType.changeCipherSpec, CHANGE_CIPHER_SPEC_BODY, mtuBytes);
        epoch = 1;
      }
    }
    this.flush();
    this.out = NO_BYTES; // the slot is the queue's
  }

  private addMessage(epoch: Epoch, message: HandshakeMessage, mtuBytes: number): void {
    const overhead = this.writer.overheadBytes(epoch) + FRAGMENT_HEADER_BYTES;
    const { length } = message.body;
    let offset = 0;
    do {
      const left = length - offset;
      let room = mtuBytes - this.used - overhead;
      if (room < Math.min(left, SMALLEST_PIECE_BYTES)) {
        this.flush();
        this.begin(mtuBytes);
        room = mtuBytes - overhead;
      }
      const piece = message.body.subarray(offset, offset + Math.min(left, room));
      this.addRecord(epoch, ContentType.handshake, concat(fragmentHeader(message, offset, piece.length), piece), mtuBytes);
      offset += piece.length;
    } while (offset < length);
  }

  private addRecord(epoch: Epoch, type: number, plain: Uint8Array, mtuBytes: number): void {
    if (this.used + this.writer.overheadBytes(epoch) + plain.length > mtuBytes) {
      this.flush();
      this.begin(mtuBytes);
    }
    this.used += this.writer.write(epoch, type, plain, this.out, this.used);
  }

  private begin(mtuBytes: number): void {
    this.out = this.queue.reserve(mtuBytes);
    this.used = 0;
  }

  private flush(): void {
    if (this.used === 0) return;
    this.queue.commit('datagram', this.used);
    this.onDatagram(this.used);
    this.used = 0;
  }
}

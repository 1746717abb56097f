import type { SctpEvent, SctpOutputs } from './events.js';

interface Delivery {
  event: SctpEvent | undefined;
  streamId: number;
  ppid: number;
  bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

/** Messages and events on their way to the owner, in the order in which they came about. Its places are reused. */
export class Inbox {
  private readonly places: Delivery[] = [];
  private head = 0;
  private tail = 0;

  get isEmpty(): boolean {
    return this.head === this.tail;
  }

  message(streamId: number, ppid: number, bytes: Uint8Array): void {
    const place = this.append();
    place.streamId = streamId;
    place.ppid = ppid;
    place.bytes = bytes;
  }

  event(event: SctpEvent): void {
    this.append().event = event;
  }

  /** Hands over everything, also what is added meanwhile. */
  deliver(outputs: SctpOutputs): void {
    while (this.head < this.tail) {
      const place = this.places[this.head++]!;
      const { event, bytes } = place;
      place.event = undefined;
      place.bytes = NO_BYTES;
      if (event) outputs.event(event);
      else outputs.message(place.streamId, place.ppid, bytes);
    }
    this.head = this.tail = 0;
    if (this.places.length > MAX_IDLE_PLACES) this.places.length = MAX_IDLE_PLACES;
  }

  private append(): Delivery {
    this.places[this.tail] ??= { event: undefined, streamId: 0, ppid: 0, bytes: NO_BYTES };
    return this.places[this.tail++]!;
  }
}

/** Places kept between bursts. */
const MAX_IDLE_PLACES = 256;

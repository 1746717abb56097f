import type { RTCDtlsTransport } from './dtls-transport.js';
import { defineEventHandlers, type EventHandler } from './webidl/event-handlers.js';
import { defineInterface, type Internal, refuseScripts } from './webidl/interface.js';

export type RTCSctpTransportState = 'connecting' | 'connected' | 'closed';

/** What scripts see of an SCTP association, as of the last task that told them. */
export interface SctpTransportSlots {
  /** Another after BUNDLE has moved its section. */
  transport: RTCDtlsTransport;
  state: RTCSctpTransportState;
  /** Longest message that can be sent, in bytes. */
  maxMessageSize: number;
  maxChannels: number | null;
}

/** The SCTP association that carries data channels (W3C webrtc, RTCSctpTransport). */
export class RTCSctpTransport extends EventTarget {
  readonly #slots: SctpTransportSlots;

  declare onstatechange: EventHandler;

  constructor(...[token, slots]: [Internal, SctpTransportSlots]) {
    refuseScripts(token);
    super();
    this.#slots = slots;
  }

  get transport(): RTCDtlsTransport {
    return this.#slots.transport;
  }

  get state(): RTCSctpTransportState {
    return this.#slots.state;
  }

  get maxMessageSize(): number {
    return this.#slots.maxMessageSize;
  }

  /** Null until connected. */
  get maxChannels(): number | null {
    return this.#slots.maxChannels;
  }
}

defineInterface(RTCSctpTransport, 'RTCSctpTransport');
defineEventHandlers(RTCSctpTransport, ['statechange']);

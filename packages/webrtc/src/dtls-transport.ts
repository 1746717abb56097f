import type { RTCErrorEvent } from './events/events.js';
import type { RTCIceTransport } from './ice-transport.js';
import { defineEventHandlers, type EventHandler } from './webidl/event-handlers.js';
import { defineInterface, type Internal, refuseScripts } from './webidl/interface.js';

export type RTCDtlsTransportState = 'new' | 'connecting' | 'connected' | 'closed' | 'failed';

/** What scripts see of a DTLS association, as of the last task that told them. */
export interface DtlsTransportSlots {
  state: RTCDtlsTransportState;
  /** In DER. */
  remoteCertificates: readonly Uint8Array[];
}

/** The DTLS association of a transport (W3C webrtc, RTCDtlsTransport). */
export class RTCDtlsTransport extends EventTarget {
  readonly #iceTransport: RTCIceTransport;
  readonly #slots: DtlsTransportSlots;

  declare onstatechange: EventHandler;
  declare onerror: EventHandler<RTCErrorEvent>;

  constructor(...[token, iceTransport, slots]: [Internal, RTCIceTransport, DtlsTransportSlots]) {
    refuseScripts(token);
    super();
    this.#iceTransport = iceTransport;
    this.#slots = slots;
  }

  get iceTransport(): RTCIceTransport {
    return this.#iceTransport;
  }

  get state(): RTCDtlsTransportState {
    return this.#slots.state;
  }

  /** The certificate chain of the peer in DER, its own first. */
  getRemoteCertificates(): ArrayBuffer[] {
    return this.#slots.remoteCertificates.map((der) => der.slice().buffer as ArrayBuffer);
  }
}

defineInterface(RTCDtlsTransport, 'RTCDtlsTransport');
defineEventHandlers(RTCDtlsTransport, ['statechange', 'error']);

import {
  LONG,
  optional,
  requireArguments,
  required,
  toDictionary,
  toDomString,
  toEnum,
  toInteger,
  UNSIGNED_LONG,
} from './webidl/convert.js';
import { defineInterface } from './webidl/interface.js';

const DETAILS = [
  'data-channel-failure',
  'dtls-failure',
  'fingerprint-failure',
  'sctp-failure',
  'sdp-syntax-error',
  'hardware-encoder-not-available',
  'hardware-encoder-error',
  // W3C webrtc-identity, RTCErrorDetailTypeIdp
  'idp-bad-script-failure',
  'idp-execution-failure',
  'idp-load-failure',
  'idp-need-login',
  'idp-timeout',
  'idp-tls-failure',
  'idp-token-expired',
  'idp-token-invalid',
] as const;

/** W3C webrtc, RTCErrorDetailType. */
export type RTCErrorDetailType = (typeof DETAILS)[number];

/** W3C webrtc, RTCErrorInit. */
export interface RTCErrorInit {
  errorDetail: RTCErrorDetailType;
  sdpLineNumber?: number;
  sctpCauseCode?: number;
  receivedAlert?: number;
  sentAlert?: number;
  /** Of an identity provider that could not be loaded. */
  httpRequestStatusCode?: number;
}

/** An OperationError that says what of WebRTC failed (W3C webrtc, RTCError). */
export class RTCError extends DOMException {
  readonly #errorDetail: RTCErrorDetailType;
  readonly #sdpLineNumber: number | null;
  readonly #sctpCauseCode: number | null;
  readonly #receivedAlert: number | null;
  readonly #sentAlert: number | null;
  readonly #httpRequestStatusCode: number | null;

  constructor(init: RTCErrorInit, message = '') {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCError constructor');
    super(toDomString(message), 'OperationError');
    const dictionary = toDictionary(init, 'RTCErrorInit');
    const unsigned = (value: unknown): number => toInteger(value, UNSIGNED_LONG, 'wrap');
    const signed = (value: unknown): number => toInteger(value, LONG, 'wrap');
    this.#errorDetail = toEnum(required(dictionary, 'errorDetail', 'RTCErrorInit'), DETAILS, 'RTCErrorDetailType');
    this.#httpRequestStatusCode = optional(dictionary['httpRequestStatusCode'], signed) ?? null;
    this.#receivedAlert = optional(dictionary['receivedAlert'], unsigned) ?? null;
    this.#sctpCauseCode = optional(dictionary['sctpCauseCode'], signed) ?? null;
    this.#sdpLineNumber = optional(dictionary['sdpLineNumber'], signed) ?? null;
    this.#sentAlert = optional(dictionary['sentAlert'], unsigned) ?? null;
  }

  get errorDetail(): RTCErrorDetailType {
    return this.#errorDetail;
  }

  /** Line of a description that is no SDP, counted from 1. */
  get sdpLineNumber(): number | null {
    return this.#sdpLineNumber;
  }

  /** First error cause of an SCTP ABORT (RFC 9260 §3.3.10). */
  get sctpCauseCode(): number | null {
    return this.#sctpCauseCode;
  }

  get receivedAlert(): number | null {
    return this.#receivedAlert;
  }

  get sentAlert(): number | null {
    return this.#sentAlert;
  }

  get httpRequestStatusCode(): number | null {
    return this.#httpRequestStatusCode;
  }
}

defineInterface(RTCError, 'RTCError');

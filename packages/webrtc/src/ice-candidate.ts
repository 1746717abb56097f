import { parseCandidateAttribute } from '@maru/protocol/sdp';
import {
  nullable,
  optional,
  toDictionary,
  toDomString,
  toEnum,
  toInteger,
  toUsvString,
  UNSIGNED_SHORT,
} from './webidl/convert.js';
import { defineInterface } from './webidl/interface.js';

const RELAY_PROTOCOLS = ['udp', 'tcp', 'tls', 'dtls'] as const;

export type RTCIceProtocol = 'udp' | 'tcp';
export type RTCIceTcpCandidateType = 'active' | 'passive' | 'so';
export type RTCIceCandidateType = 'host' | 'srflx' | 'prflx' | 'relay';
export type RTCIceServerTransportProtocol = (typeof RELAY_PROTOCOLS)[number];
export type RTCIceComponent = 'rtp' | 'rtcp';

/** W3C webrtc, RTCIceCandidateInit. */
export interface RTCIceCandidateInit {
  candidate?: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
  usernameFragment?: string | null;
}

/** W3C webrtc, RTCLocalIceCandidateInit. */
export interface RTCLocalIceCandidateInit extends RTCIceCandidateInit {
  relayProtocol?: RTCIceServerTransportProtocol | null;
  url?: string | null;
}

/** Web IDL's conversion of an RTCIceCandidateInit. */
export function toCandidateInit(value: unknown): Required<RTCIceCandidateInit> {
  const dictionary = toDictionary(value, 'RTCIceCandidateInit');
  return {
    candidate: optional(dictionary['candidate'], toDomString) ?? '',
    sdpMLineIndex: nullable(dictionary['sdpMLineIndex'], (index) => toInteger(index, UNSIGNED_SHORT, 'wrap')) ?? null,
    sdpMid: nullable(dictionary['sdpMid'], toDomString) ?? null,
    usernameFragment: nullable(dictionary['usernameFragment'], toDomString) ?? null,
  };
}

/** What a candidate's text says, in W3C's words; all null where it is no candidate (W3C webrtc, RTCIceCandidate constructor). */
interface CandidateFields {
  readonly foundation: string | null;
  readonly component: RTCIceComponent | null;
  readonly priority: number | null;
  readonly address: string | null;
  readonly protocol: RTCIceProtocol | null;
  readonly port: number | null;
  readonly type: RTCIceCandidateType | null;
  readonly tcpType: RTCIceTcpCandidateType | null;
  readonly relatedAddress: string | null;
  readonly relatedPort: number | null;
}

const NO_FIELDS: CandidateFields = {
  foundation: null,
  component: null,
  priority: null,
  address: null,
  protocol: null,
  port: null,
  type: null,
  tcpType: null,
  relatedAddress: null,
  relatedPort: null,
};

function readFields(text: string): CandidateFields {
  const parsed = text === '' ? undefined : parseCandidateAttribute(text);
  const component = parsed && oneOf([undefined, 'rtp', 'rtcp'] as const, ['rtp', 'rtcp'][parsed.component - 1]);
  const protocol = parsed && oneOf(['udp', 'tcp'] as const, parsed.transport.toLowerCase());
  const type = parsed && oneOf(['host', 'srflx', 'prflx', 'relay'] as const, parsed.type);
  if (!parsed || !component || !protocol || !type) return NO_FIELDS;
  return {
    foundation: parsed.foundation,
    component,
    priority: parsed.priority,
    address: parsed.address,
    protocol,
    port: parsed.port,
    type,
    tcpType: oneOf(['active', 'passive', 'so'] as const, parsed.tcpType) ?? null,
    relatedAddress: parsed.relatedAddress ?? null,
    relatedPort: parsed.relatedPort ?? null,
  };
}

function oneOf<Value>(values: readonly Value[], value: unknown): Value | undefined {
  return values.find((candidate) => candidate === value);
}

/** A candidate as signalling carries it (W3C webrtc, RTCIceCandidate). */
export class RTCIceCandidate {
  readonly #candidate: string;
  readonly #sdpMid: string | null;
  readonly #sdpMLineIndex: number | null;
  readonly #usernameFragment: string | null;
  /** Read when first asked for: a candidate that only travels is not taken apart. */
  #read: CandidateFields | undefined;
  readonly #relayProtocol: RTCIceServerTransportProtocol | null;
  readonly #url: string | null;

  constructor(candidateInitDict: RTCLocalIceCandidateInit = {}) {
    const init = toCandidateInit(candidateInitDict);
    const dictionary = toDictionary(candidateInitDict, 'RTCLocalIceCandidateInit');
    const relayProtocol = nullable(dictionary['relayProtocol'], (v) =>
      toEnum(v, RELAY_PROTOCOLS, 'RTCIceServerTransportProtocol'),
    );
    const url = nullable(dictionary['url'], toUsvString);
    if (init.sdpMid === null && init.sdpMLineIndex === null) throw new TypeError('One of sdpMid and sdpMLineIndex must be given');
    this.#candidate = init.candidate;
    this.#sdpMid = init.sdpMid;
    this.#sdpMLineIndex = init.sdpMLineIndex;
    this.#usernameFragment = init.usernameFragment;
    this.#relayProtocol = relayProtocol ?? null;
    this.#url = url ?? null;
  }

  get #fields(): CandidateFields {
    this.#read ??= readFields(this.#candidate);
    return this.#read;
  }

  /** `candidate:…` (RFC 8839 §5.1); empty for the end of candidates. */
  get candidate(): string {
    return this.#candidate;
  }

  get sdpMid(): string | null {
    return this.#sdpMid;
  }

  get sdpMLineIndex(): number | null {
    return this.#sdpMLineIndex;
  }

  get foundation(): string | null {
    return this.#fields.foundation;
  }

  get component(): RTCIceComponent | null {
    return this.#fields.component;
  }

  get priority(): number | null {
    return this.#fields.priority;
  }

  get address(): string | null {
    return this.#fields.address;
  }

  get protocol(): RTCIceProtocol | null {
    return this.#fields.protocol;
  }

  get port(): number | null {
    return this.#fields.port;
  }

  get type(): RTCIceCandidateType | null {
    return this.#fields.type;
  }

  get tcpType(): RTCIceTcpCandidateType | null {
    return this.#fields.tcpType;
  }

  get relatedAddress(): string | null {
    return this.#fields.relatedAddress;
  }

  get relatedPort(): number | null {
    return this.#fields.relatedPort;
  }

  get usernameFragment(): string | null {
    return this.#usernameFragment;
  }

  /** What we reach the TURN server over, for relayed candidates of ours. */
  get relayProtocol(): RTCIceServerTransportProtocol | null {
    return this.#relayProtocol;
  }

  /** The server that a candidate of ours came from. */
  get url(): string | null {
    return this.#url;
  }

  toJSON(): RTCIceCandidateInit {
    return {
      candidate: this.#candidate,
      sdpMid: this.#sdpMid,
      sdpMLineIndex: this.#sdpMLineIndex,
      usernameFragment: this.#usernameFragment,
    };
  }
}

defineInterface(RTCIceCandidate, 'RTCIceCandidate');

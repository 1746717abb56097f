import { requireArguments, toDomString } from '../webidl/convert.js';
import { defineInterface } from '../webidl/interface.js';

/** Who the other side has proved to be, and who vouches for it (W3C webrtc-identity, RTCIdentityAssertion). */
export class RTCIdentityAssertion {
  #idp: string;
  #name: string;

  constructor(idp: string, name: string) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 2, 'RTCIdentityAssertion constructor');
    this.#idp = toDomString(idp);
    this.#name = toDomString(name);
  }

  /** Domain of the identity provider. */
  get idp(): string {
    return this.#idp;
  }

  set idp(value: string) {
    this.#idp = toDomString(value);
  }

  /** An identity in the form of RFC 5322: `somebody@example.com`. */
  get name(): string {
    return this.#name;
  }

  set name(value: string) {
    this.#name = toDomString(value);
  }
}

defineInterface(RTCIdentityAssertion, 'RTCIdentityAssertion');

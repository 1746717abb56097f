import { Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import { AttributeType } from '../registry.js';

/** Which transmission this is: with it, the RTT of a request sent twice is known (RFC 7982 §3.1). */
export interface TransmitCounter {
  /** Times the request was sent. */
  readonly requests: number;
  /** Times it was answered; 0 in a request. */
  readonly responses: number;
}

const WRONG_LENGTH = Malformed.of('stun/transaction-transmit-counter/wrong-length');

/** TRANSACTION_TRANSMIT_COUNTER: two reserved bytes, requests, responses (RFC 7982 §3.1). */
export const TransactionTransmitCounter: StunAttribute<TransmitCounter> = {
  type: AttributeType.transactionTransmitCounter,
  name: 'TRANSACTION_TRANSMIT_COUNTER',
  decode: (value) => (value.length === 4 ? { requests: value[2]!, responses: value[3]! } : WRONG_LENGTH),
  encode({ requests, responses }, out) {
    out.zeros(2).u8(requests).u8(responses);
  },
};

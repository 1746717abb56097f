import type { StunMessage } from '../../stun/index.js';
import type { Client } from './client.js';
import type { Signature } from './signature.js';

/** What an answer needs of its request; it outlives the request's bytes. */
export interface Reply {
  readonly client: Client;
  readonly method: number;
  readonly transactionId: Uint8Array;
  /** Undefined: the answer goes unsigned. */
  readonly signature: Signature | undefined;
  readonly hasFingerprint: boolean;
}

export function replyTo(message: StunMessage, client: Client, signature: Signature | undefined, hasFingerprint: boolean): Reply {
  const { method, transactionId } = message;
  return { client, method, transactionId: transactionId.slice(), signature, hasFingerprint };
}

import { Malformed } from '../../core/index.js';
import {
  AttributeType,
  ChangeRequest,
  OtherAddress,
  Padding,
  ResponseOrigin,
  ResponsePort,
  type StunEncoder,
  StunErrorCode,
  type StunMessage,
  UnknownAttributes,
} from '../../stun/index.js';
import { Client } from './client.js';
import type { Listener } from './contract.js';
import { XorMappedEndpoint } from './endpoint-attributes.js';
import { type Answer, refusal, success } from './requests/answer.js';

/** More padding than this makes no difference to a path. */
const MAX_PADDING_BYTES = 1_472;

/** A Binding response and the way that it takes. */
export interface BindingAnswer {
  readonly answer: Answer;
  /** From where and to where: the request's own way unless it asked for another. */
  readonly path: Client;
}

/** Binding without behaviour discovery: where the request came from, nothing else (RFC 8489 §3). */
export function plainBinding(client: Client): BindingAnswer {
  return { answer: success((encoder) => addMapped(encoder, client)), path: client };
}

/**
 * Binding for behaviour discovery (RFC 5780 §6): says which other address there is and which one answers, and lets the client choose
 * from where and to which port the answer goes.
 */
export function discoveryBinding(message: StunMessage, client: Client, listeners: Iterable<Listener>): BindingAnswer {
  const all = [...listeners].filter(
    ({ transport, local }) => transport === 'udp' && local.isIpv4 === client.listener.local.isIpv4,
  );
  const { listener } = client;
  const other = counterpart(listener, all, true, true);
  const change = message.read(ChangeRequest);
  const port = message.read(ResponsePort);
  if (change instanceof Malformed || port instanceof Malformed)
    return { answer: refusal(StunErrorCode.badRequest, 'stun/binding/change'), path: client };
  const from = change ? counterpart(listener, all, change.changeIp, change.changePort) : listener;
  if (!from || (change && !other)) {
    const unknown = refusal(StunErrorCode.unknownAttribute, 'stun/binding/no-other-address', (encoder) => {
      encoder.add(UnknownAttributes, [AttributeType.changeRequest]);
    });
    return { answer: unknown, path: client };
  }
  const to = client.remote.copy();
  if (port !== undefined) to.port = port;
  const path = from === listener && port === undefined ? client : new Client(from, to);
  const padding = message.value(Padding);
  const answer = success((encoder) => {
    addMapped(encoder, client);
    encoder
      .add(ResponseOrigin, from.local.toTransportAddress())
      .addIf(OtherAddress, other?.local.toTransportAddress())
      .addIf(Padding, padding && new Uint8Array(Math.min(padding.length, MAX_PADDING_BYTES)));
  });
  return { answer, path };
}

function addMapped(encoder: StunEncoder, client: Client): void {
  encoder.add(XorMappedEndpoint, client.remote);
}

/** The listener with the other address, the other port, or both. */
function counterpart(own: Listener, all: readonly Listener[], otherAddress: boolean, otherPort: boolean): Listener | undefined {
  if (!otherAddress && !otherPort) return own;
  return all.find(
    ({ local }) =>
      local.isSameAddress(own.local) !== otherAddress &&
      (local.port === own.local.port) !== otherPort &&
      hasFourth(own, local.isSameAddress(own.local) ? undefined : local, all),
  );
}

/** Whether address and port can be changed apart from each other: two addresses with the same two ports (RFC 5780 §6.1). */
function hasFourth(own: Listener, other: Listener['local'] | undefined, all: readonly Listener[]): boolean {
  return other === undefined || all.some(({ local }) => local.isSameAddress(other) && local.port === own.local.port);
}

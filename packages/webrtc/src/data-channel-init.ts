import { MAX_CHANNEL_ID } from './channel-set.js';
import { type DataChannelSlots, type RTCDataChannelInit, toChannelInit } from './data-channel.js';
import { toUsvString } from './webidl/convert.js';

const MAX_TEXT_BYTES = 65_535;

/** The checks of W3C webrtc, "createDataChannel", that need no connection; TypeError where one fails. */
export function newChannelSlots(label: unknown, init: RTCDataChannelInit | undefined): DataChannelSlots {
  const slots = { label: toUsvString(label), ...toChannelInit(init) };
  const { protocol, ordered, negotiated, priority, maxPacketLifeTime = null, maxRetransmits = null } = slots;
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  if (bytes(slots.label) > MAX_TEXT_BYTES) throw new TypeError(`The label has more than ${MAX_TEXT_BYTES} bytes`);
  if (bytes(protocol) > MAX_TEXT_BYTES) throw new TypeError(`The protocol has more than ${MAX_TEXT_BYTES} bytes`);
  if (negotiated && slots.id === undefined) throw new TypeError('A negotiated channel needs an id');
  if (maxPacketLifeTime !== null && maxRetransmits !== null) {
    throw new TypeError('Only one of maxPacketLifeTime and maxRetransmits can be given');
  }
  const id = negotiated ? (slots.id ?? null) : null;
  if (id !== null && id > MAX_CHANNEL_ID) throw new TypeError(`${id} is above the highest id, ${MAX_CHANNEL_ID}`);
  return {
    label: slots.label,
    protocol,
    ordered,
    negotiated,
    priority,
    maxPacketLifeTime,
    maxRetransmits,
    id,
    readyState: 'connecting',
    bufferedAmount: 0,
    waitingBytes: 0,
    bufferedAmountLowThreshold: 0,
  };
}

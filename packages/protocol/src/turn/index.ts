export {
  CHANNEL_HEADER_BYTES,
  type ChannelData,
  decodeChannelData,
  encodeChannelData,
  FIRST_CHANNEL,
  isChannelData,
  LAST_CHANNEL,
  MAX_CHANNEL_DATA_BYTES,
  sizeOfChannelData,
  turnFrameSize,
} from './channel-data.js';
export { TurnClient, type TurnClientOptions, type TurnData, type TurnEvent, type TurnOutputs, turnRelay } from './client.js';

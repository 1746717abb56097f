export type {
  ChannelCloseReason,
  ChannelKey,
  ChannelOptions,
  ChannelPriority,
  ChannelProperties,
  ChannelSendOutcome,
  ChannelStats,
  DataChannelEvent,
  DataChannelOutputs,
  DataChannelsConfig,
  MessageKind,
} from './channel.js';
export { DataChannels } from './data-channels.js';

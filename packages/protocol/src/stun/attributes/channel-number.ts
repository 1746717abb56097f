import { AttributeType } from '../registry.js';
import { u16Attribute } from './shapes.js';

/** 0x4000 to 0x4FFF: what stands for a peer in ChannelData (RFC 8656 §18.1). */
export const ChannelNumber = u16Attribute(AttributeType.channelNumber, 'CHANNEL-NUMBER', 'channel-number');

export { LOUDEST_NOISE_LEVEL, readComfortNoiseLevel, writeComfortNoise } from './audio/comfort-noise.js';
export { MAX_OPUS_SAMPLES, OPUS_CLOCK_RATE, type OpusMode, OpusPacketInfo } from './audio/opus.js';
export { RedBlocks, RedPacketizer } from './audio/red.js';
export { g722Samples, SAMPLED_CLOCK_RATE, sampledDuration } from './audio/sampled.js';
export {
  digitOf,
  TELEPHONE_EVENT_BYTES,
  type Tone,
  type ToneEvent,
  type TonePacket,
  ToneReader,
  telephoneEventOf,
  tonePackets,
} from './audio/telephone-event.js';
export { WholePacketizer } from './audio/whole-packetizer.js';
export { Av1Depacketizer } from './av1/depacketizer.js';
export { OBU_SEQUENCE_HEADER, ObuCursor } from './av1/obu.js';
export { Av1Packetizer } from './av1/packetizer.js';
export { createDepacketizer, createPacketizer, type PacketizerOptions, type VideoCodec } from './codec.js';
export type { Depacketizer, FrameSummary } from './depacketizer.js';
export type { EncodedFrame } from './encoded-frame.js';
export { FecReceiver, type FecScheme } from './fec/fec-receiver.js';
export { unwrapRed } from './fec/unwrap-red.js';
export { type AssemblyCounters, FrameAssembler, type FrameAssemblerOptions } from './frame-assembler.js';
export { FrameBuffer } from './frame-buffer.js';
export { type FrameHeader, readFrameHeader } from './frame-header.js';
export { type AvcDecoderConfiguration, decodeAvcConfiguration, encodeAvcConfiguration } from './h264/decoder-configuration.js';
export { H264Depacketizer, H264Packetizer } from './h264/payload-format.js';
export { decodeHevcConfiguration, encodeHevcConfiguration, type HevcDecoderConfiguration } from './h265/decoder-configuration.js';
export { H265Depacketizer, H265Packetizer } from './h265/payload-format.js';
export { annexBToLengthPrefixed, lengthPrefixedToAnnexB } from './nal/convert.js';
export { type NalFormat, NalUnits } from './nal/nal-units.js';
export type { NalPacketizerOptions } from './nal/packetizer.js';
export type { PictureSize } from './nal/parameter-sets.js';
export { nalUnitsOf } from './nal/unit-list.js';
export { type FrameDescription, type Packetizer, type PayloadLimits, payloadLimits } from './packetizer.js';
export { PayloadInfo } from './payload-info.js';
export { PayloadInspector } from './payload-inspector.js';
export { PayloadPlan } from './payload-plan.js';
export { type QuantizerReader, quantizerReaderFor } from './quantizer.js';
export { type TemporalFrame, TemporalLayers, temporalLayersOf } from './temporal-layers.js';
export { Vp8Depacketizer } from './vp8/depacketizer.js';
export { rewriteVp8Descriptor } from './vp8/descriptor.js';
export { Vp8Packetizer } from './vp8/packetizer.js';
export { Vp9Depacketizer } from './vp9/depacketizer.js';
export { Vp9Packetizer, type Vp9PacketizerOptions } from './vp9/packetizer.js';
export type { PictureOfGroup, Resolution, ScalabilityStructure } from './vp9/scalability-structure.js';

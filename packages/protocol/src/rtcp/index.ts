export { MAX_BITRATE_BPS } from './bitrate.js';
export { RtcpBuilder } from './builder.js';
export { CcfbRecorder } from './ccfb-recorder.js';
export { randomCname } from './cname.js';
export { decodeRtcp, encodeRtcp, type RtcpCompound } from './compound.js';
export {
  compactDuration,
  compactNtp,
  compactNtpOf,
  NTP_UNIX_OFFSET_MS,
  type NtpMs,
  ntpFractionOf,
  ntpMsOf,
  ntpSecondsOf,
} from './ntp.js';
export type { RtcpPacket } from './packet.js';
export { isRtcp } from './packet-type.js';
export type { ApplicationPacket } from './packets/application.js';
export { arrivalOffsetMs, type CcfbPacket, type CcfbStream, ccfbMetric, ecnOf, isReceived } from './packets/ccfb.js';
export type {
  DelaySinceLastReceiverReport,
  ExtendedReportBlock,
  ExtendedReportPacket,
  ReceiverReferenceTime,
} from './packets/extended-report.js';
export type { FirPacket } from './packets/fir.js';
export type { GoodbyePacket } from './packets/goodbye.js';
export type { NackPacket } from './packets/nack.js';
export type { PliPacket } from './packets/pli.js';
export type { RembPacket } from './packets/remb.js';
export {
  MAX_REPORT_BLOCKS,
  type ReceiverReportPacket,
  type ReportBlock,
  type SenderReportPacket,
} from './packets/report.js';
export { SdesItem, type SdesItemValue, type SourceDescriptionPacket } from './packets/source-description.js';
export type { TmmbEntry, TmmbPacket } from './packets/tmmb.js';
export { TWCC_REFERENCE_UNIT_MS, TWCC_TICKS_PER_MS, type TwccPacket } from './packets/twcc.js';
export { ReceptionStatistics } from './reception-statistics.js';
export { roundTripMs } from './round-trip.js';
export { SenderStatistics } from './sender-statistics.js';
export { TwccRecorder } from './twcc-recorder.js';

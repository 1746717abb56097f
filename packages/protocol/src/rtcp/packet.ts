import type { ApplicationPacket } from './packets/application.js';
import type { CcfbPacket } from './packets/ccfb.js';
import type { ExtendedReportPacket } from './packets/extended-report.js';
import type { FirPacket } from './packets/fir.js';
import type { GoodbyePacket } from './packets/goodbye.js';
import type { NackPacket } from './packets/nack.js';
import type { PliPacket } from './packets/pli.js';
import type { RembPacket } from './packets/remb.js';
import type { ReceiverReportPacket, SenderReportPacket } from './packets/report.js';
import type { SourceDescriptionPacket } from './packets/source-description.js';
import type { TmmbPacket } from './packets/tmmb.js';
import type { TwccPacket } from './packets/twcc.js';

/** One packet of a compound. */
export type RtcpPacket =
  | SenderReportPacket
  | ReceiverReportPacket
  | SourceDescriptionPacket
  | GoodbyePacket
  | ApplicationPacket
  | NackPacket
  | TmmbPacket
  | CcfbPacket
  | TwccPacket
  | PliPacket
  | FirPacket
  | RembPacket
  | ExtendedReportPacket;

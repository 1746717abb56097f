import { NalDepacketizer } from '../nal/depacketizer.js';
import { NalPacketizer, type NalPacketizerOptions } from '../nal/packetizer.js';
import { H264_PARAMETER_SETS } from './parameter-sets.js';
import { H264_SYNTAX } from './syntax.js';

/** H.264 (RFC 6184): single NAL units, STAP-A, FU-A. */
export class H264Packetizer extends NalPacketizer {
  constructor(options: NalPacketizerOptions = {}) {
    super(H264_SYNTAX, options);
  }
}

/** H.264 (RFC 6184): single NAL units, STAP-A, FU-A; to Annex B. */
export class H264Depacketizer extends NalDepacketizer {
  constructor() {
    super(H264_SYNTAX, H264_PARAMETER_SETS);
  }
}

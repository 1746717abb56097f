import { NalDepacketizer } from '../nal/depacketizer.js';
import { NalPacketizer, type NalPacketizerOptions } from '../nal/packetizer.js';
import { H265_PARAMETER_SETS } from './parameter-sets.js';
import { H265_SYNTAX } from './syntax.js';

/** H.265 (RFC 7798): single NAL units, aggregation packets, fragmentation units. */
export class H265Packetizer extends NalPacketizer {
  constructor(options: Pick<NalPacketizerOptions, 'format'> = {}) {
    super(H265_SYNTAX, options);
  }
}

/** H.265 (RFC 7798): the same, to Annex B. */
export class H265Depacketizer extends NalDepacketizer {
  constructor() {
    super(H265_SYNTAX, H265_PARAMETER_SETS);
  }
}

import type { SourcePacket } from '../source-packet.js';
import type { LayerFilter, Verdict } from './layer-filter.js';

/** For codecs that do not tell their layers: everything goes through. */
export class WholeStream implements LayerFilter {
  readonly spatialId = 0;
  readonly temporalId = 0;
  readonly needsKeyFrame = false;
  readonly picturesDropped = 0;

  target(_spatialId: number, _temporalId: number): void {}

  judge(_packet: SourcePacket): Verdict {
    return 'forward';
  }

  judgeLate(_packet: SourcePacket): Verdict {
    return 'forward';
  }

  isMarked(packet: SourcePacket): boolean {
    return packet.isMarked;
  }
}

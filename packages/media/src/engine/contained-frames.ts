import { Malformed } from '@maru/protocol/core';
import { decodeAvcConfiguration, lengthPrefixedToAnnexB } from '@maru/protocol/payload';

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** Makes frames as containers keep them, with lengths and without parameter sets, into those that go over the network. */
export class AvcFrames {
  private constructor(private readonly parameterSets: Uint8Array) {}

  /** With what a container's configuration record says; undefined for what is none. */
  static of(record: Uint8Array): AvcFrames | undefined {
    const configuration = decodeAvcConfiguration(record);
    if (configuration instanceof Malformed) return undefined;
    const sets = [...configuration.sequenceSets, ...configuration.pictureSets];
    return new AvcFrames(new Uint8Array(Buffer.concat(sets.flatMap((set) => [START_CODE, set]))));
  }

  /** The frame in Annex B; key frames get the parameter sets. Undefined for a broken frame. */
  annexB(frame: Uint8Array, isKeyFrame: boolean): Uint8Array | undefined {
    const units = lengthPrefixedToAnnexB(frame);
    return units && isKeyFrame ? new Uint8Array(Buffer.concat([this.parameterSets, units])) : units;
  }
}

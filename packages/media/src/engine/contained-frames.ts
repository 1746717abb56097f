import { Malformed } from '@maru/protocol/core';
import { decodeAvcConfiguration, decodeHevcConfiguration, lengthPrefixedToAnnexB } from '@maru/protocol/payload';

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** Codecs whose frames containers keep with lengths, and their parameter sets elsewhere. */
export type ContainedCodec = 'H264' | 'H265';

export function isContained(codec: string | undefined): codec is ContainedCodec {
  return codec === 'H264' || codec === 'H265';
}

/** Makes frames as containers keep them, with lengths and without parameter sets, into those that go over the network. */
export class ContainedFrames {
  private constructor(private readonly parameterSets: Uint8Array) {}

  /** With what a container's configuration record says; undefined for what is none. */
  static of(codec: ContainedCodec, record: Uint8Array): ContainedFrames | undefined {
    const sets = codec === 'H264' ? avcSets(record) : hevcSets(record);
    return sets && new ContainedFrames(new Uint8Array(Buffer.concat(sets.flatMap((set) => [START_CODE, set]))));
  }

  /** The frame in Annex B; key frames get the parameter sets. Undefined for a broken frame. */
  annexB(frame: Uint8Array, isKeyFrame: boolean): Uint8Array | undefined {
    const units = lengthPrefixedToAnnexB(frame);
    return units && isKeyFrame ? new Uint8Array(Buffer.concat([this.parameterSets, units])) : units;
  }
}

function avcSets(record: Uint8Array): readonly Uint8Array[] | undefined {
  const configuration = decodeAvcConfiguration(record);
  return configuration instanceof Malformed ? undefined : [...configuration.sequenceSets, ...configuration.pictureSets];
}

function hevcSets(record: Uint8Array): readonly Uint8Array[] | undefined {
  const configuration = decodeHevcConfiguration(record);
  if (configuration instanceof Malformed) return undefined;
  return [...configuration.videoSets, ...configuration.sequenceSets, ...configuration.pictureSets];
}

const START_CODE = Uint8Array.of(0, 0, 0, 1);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** What containers keep of H.264 apart from its frames (ISO/IEC 14496-15 §5.3.3.1, AVCDecoderConfigurationRecord). */
export interface AvcConfiguration {
  /** How many bytes tell the length of a NAL unit. */
  readonly lengthBytes: number;
  /** Sequence and picture parameter sets in Annex B. */
  readonly parameterSets: Uint8Array;
}

/** Reads the record; undefined for what is none. */
export function decodeAvcConfiguration(record: Uint8Array): AvcConfiguration | undefined {
  if (record.length < 7 || record[0] !== 1) return undefined;
  const parts: Uint8Array[] = [];
  let at = 5;
  for (const mask of [0x1f, 0xff]) {
    const count = (record[at++] ?? 0) & mask;
    for (let index = 0; index < count; index++) {
      const size = ((record[at] ?? 0) << 8) | (record[at + 1] ?? 0);
      if (at + 2 + size > record.length) return undefined;
      parts.push(START_CODE, record.subarray(at + 2, at + 2 + size));
      at += 2 + size;
    }
  }
  return { lengthBytes: (record[4]! & 3) + 1, parameterSets: joined(parts) };
}

/** A frame whose NAL units have lengths before them, in Annex B; key frames get the parameter sets. Undefined for a broken frame. */
export function annexBOf(frame: Uint8Array, configuration: AvcConfiguration, isKeyFrame: boolean): Uint8Array | undefined {
  const parts: Uint8Array[] = isKeyFrame ? [configuration.parameterSets] : [];
  for (let at = 0; at < frame.length; ) {
    let size = 0;
    for (let index = 0; index < configuration.lengthBytes; index++) size = size * 256 + (frame[at++] ?? 0);
    if (at + size > frame.length) return undefined;
    if (size > 0) parts.push(START_CODE, frame.subarray(at, at + size));
    at += size;
  }
  return joined(parts);
}

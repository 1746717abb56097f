/** What a codec string says (W3C webcodecs-codec-registry), in the words of SDP. */
export interface CodecName {
  /** `VP8`, `VP9`, `H264`, `AV1`, `opus`. */
  readonly name: string;
  /** The fmtp line of the same. */
  readonly parameters: string;
}

const PATTERNS: readonly (readonly [RegExp, (match: RegExpExecArray) => CodecName])[] = [
  [/^vp8$/, () => ({ name: 'VP8', parameters: '' })],
  [/^vp09\.00\.\d\d\.08(\.\d\d){0,5}$/, () => ({ name: 'VP9', parameters: 'profile-id=0' })],
  [/^vp9$/, () => ({ name: 'VP9', parameters: 'profile-id=0' })],
  [
    /^avc[13]\.((?:42|4d|64)[\da-f]{4})$/i,
    ([, profile = '']) => ({ name: 'H264', parameters: `packetization-mode=1;profile-level-id=${profile.toLowerCase()}` }),
  ],
  [/^av01\.0\.\d\d[MH]\.08(\.[\d.]+)?$/, () => ({ name: 'AV1', parameters: 'profile=0' })],
  [/^opus$/, () => ({ name: 'opus', parameters: '' })],
];

/** Undefined for codecs, profiles and depths that WebRTC does not carry. */
export function parseCodecString(codec: string): CodecName | undefined {
  for (const [pattern, nameOf] of PATTERNS) {
    const match = pattern.exec(codec);
    if (match) return nameOf(match);
  }
  return undefined;
}

import { type ExtensionMap, receives, sends } from '../../sdp/index.js';
import { type Codec, codecKey, isPrimary, isRed, isRepeatable, isRtx, type PayloadCodec } from './codec.js';
import type { NumberRegistry } from './number-registry.js';
import type { MediaPlan } from './section.js';
import type { MediaWish } from './wish.js';

/** What an offer says for `wish` (RFC 9429 §5.2.1). */
export function offerMedia(wish: MediaWish, registry: NumberRegistry): MediaPlan {
  const isSimulcast = wish.encodings.length > 0 && sends(wish.direction);
  return {
    kind: wish.kind,
    protocol: 'UDP/TLS/RTP/SAVPF',
    direction: wish.direction,
    codecs: numberedCodecs(wish.codecs, registry),
    extensions: numberedExtensions(wish, registry),
    sender: wish,
    sources: isSimulcast ? [] : wish.sources,
    sendEncodings: isSimulcast ? wish.encodings : [],
    receiveEncodings: receives(wish.direction) ? (wish.receiveEncodings ?? []) : [],
    isReducedSize: true,
    isMuxOnly: true,
  };
}

/** Each codec under its number, followed by its retransmission; audio's redundancy stands where it was wished, around the first codec. */
function numberedCodecs(codecs: readonly Codec[], registry: NumberRegistry): PayloadCodec[] {
  const rtx = codecs.find(isRtx);
  const numbered: PayloadCodec[] = [];
  const seen = new Set<string>();
  const add = (codec: Codec, parameters: string, of?: number): number | undefined => {
    const payloadType = registry.payloadType(codec, of);
    if (payloadType !== undefined) numbered.push({ ...codec, parameters, payloadType });
    return payloadType;
  };
  const first = codecs.find(isPrimary);
  for (const codec of codecs) {
    if (isRtx(codec) || seen.has(codecKey(codec))) continue;
    seen.add(codecKey(codec));
    if (isRed(codec) && first?.channels !== undefined) {
      const carried = registry.payloadType(first);
      if (carried !== undefined) add(codec, `${carried}/${carried}`, carried);
      continue;
    }
    const payloadType = add(codec, codec.parameters);
    if (rtx && payloadType !== undefined && isRepeatable(codec)) add(rtx, `apt=${payloadType}`, payloadType);
  }
  return numbered;
}

function numberedExtensions({ extensions }: MediaWish, registry: NumberRegistry): ExtensionMap[] {
  return extensions.flatMap(({ uri, direction }): ExtensionMap[] => {
    const id = registry.extensionId(uri);
    if (id === undefined) return [];
    return [{ id, uri, ...(direction !== 'sendrecv' && { direction }) }];
  });
}

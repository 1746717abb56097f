import type { Codec } from '@maru/protocol/jsep';
import { type Depacketizer, type Packetizer, Vp8Depacketizer, Vp8Packetizer } from '@maru/protocol/payload';

/** What cuts frames of `codec` into payloads; undefined for a codec that carries no media of its own. */
export function packetizerFor(codec: Codec): Packetizer | undefined {
  switch (codec.name.toLowerCase()) {
    case 'vp8':
      return new Vp8Packetizer();
    default:
      return undefined;
  }
}

/** What puts payloads of `codec` together; undefined where each payload is whole. */
export function depacketizerFor(codec: Codec): Depacketizer | undefined {
  switch (codec.name.toLowerCase()) {
    case 'vp8':
      return new Vp8Depacketizer();
    default:
      return undefined;
  }
}

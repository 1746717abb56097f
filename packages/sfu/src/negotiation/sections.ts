import { type Agreement, type MediaOutcome, mediaOutcome, readMedia } from '@maru/protocol/jsep';
import type { CodecDescription, EncodingDescription, MediaKind, SlotDescription } from '../core/index.js';
import { orderedRids } from './encoding-order.js';
import { describeCodecs } from './forwarded-codecs.js';
import type { SlotSource } from './slot-sources.js';

/** A section in which the client sends. What stream it is part of is said elsewhere. */
export interface SendingSection {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly codecs: readonly CodecDescription[];
  /** From the lowest to the highest. */
  readonly encodings: readonly EncodingDescription[];
}

/** What an answered exchange lets a participant send and receive. */
export interface MediaSections {
  readonly sending: readonly SendingSection[];
  readonly slots: readonly SlotDescription[];
}

/** Encodings that one track may have (S-55). */
export const MAX_ENCODINGS = 3;

/** Reads the sections of an exchange that the client offered and we answered. */
export function mediaSections(agreement: Agreement, sources: ReadonlyMap<string, SlotSource>): MediaSections {
  const sending: SendingSection[] = [];
  const slots: SlotDescription[] = [];
  for (const index of agreement.local.tree.media.keys()) {
    const outcome = mediaOutcome(agreement, index);
    if (outcome?.direction === 'recvonly') sending.push(sendingSection(outcome, agreement, index));
    const source = outcome?.direction === 'sendonly' ? sources.get(outcome.mid) : undefined;
    if (outcome && source) slots.push(slot(outcome, source));
  }
  return { sending, slots };
}

function sendingSection(outcome: MediaOutcome, agreement: Agreement, index: number): SendingSection {
  const { mid, kind, receive } = outcome;
  const codecs = describeCodecs(receive.codecs);
  if (receive.encodings.length > 0) {
    return { mid, kind, codecs, encodings: orderedRids(receive.encodings.map(({ rid }) => rid)).map((rid) => ({ rid })) };
  }
  // SSRCs are listed by older clients from the lowest encoding to the highest (group SIM of RFC 5576 extensions); most list one.
  const sources = readMedia(agreement.remote.tree, index)?.sources.slice(0, MAX_ENCODINGS) ?? [];
  return { mid, kind, codecs, encodings: sources.length > 0 ? sources : [{}] };
}

function slot({ mid, kind, send }: MediaOutcome, { ssrc, rtxSsrc, pair }: SlotSource): SlotDescription {
  const codecs = describeCodecs(send.codecs);
  const repairs = codecs.some(({ rtxPayloadType }) => rtxPayloadType !== undefined);
  return { mid, kind, ssrc, ...(repairs && { rtxSsrc }), codecs, pair };
}

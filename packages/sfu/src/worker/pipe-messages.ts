import type { DataChannelClass, ExtensionIds, MediaKind, TrackDescription } from '../core/index.js';

/** What the workers of a session tell each other of it. Publishers are named by the facade's numbers, tracks by their ids. */
export type PipeMessage =
  /** The pipe is there, at this end. */
  | { readonly type: 'hello' }
  /** Everything that there is at this end follows; what was said before is nothing any more. */
  | { readonly type: 'state' }
  | {
      readonly type: 'track';
      readonly publisher: number;
      readonly connection: string;
      readonly stream: string;
      readonly extensions: ExtensionIds;
      readonly description: TrackDescription;
      /** Of the pictures of each encoding, by their order; 0 where it is not known. */
      readonly sizes: readonly (readonly [width: number, height: number])[];
      readonly isMuted: boolean;
    }
  | { readonly type: 'track-gone'; readonly publisher: number; readonly track: string }
  /** More was negotiated with the publisher. */
  | { readonly type: 'extensions'; readonly publisher: number; readonly extensions: ExtensionIds }
  /** An encoding sends from this SSRC. */
  | {
      readonly type: 'source';
      readonly publisher: number;
      readonly track: string;
      readonly encoding: number;
      readonly ssrc: number;
    }
  | { readonly type: 'mute'; readonly publisher: number; readonly track: string; readonly isMuted: boolean }
  /** To the publisher's worker: these encodings are wanted at this end. */
  | { readonly type: 'wanted'; readonly publisher: number; readonly track: string; readonly encodings: readonly boolean[] }
  /** No more than this encoding of anything goes over; null: everything. */
  | { readonly type: 'limit'; readonly maxEncoding: number | null }
  /** What all at this end decode, of how many who have slots. */
  | { readonly type: 'decodable'; readonly kind: MediaKind; readonly members: number; readonly names: readonly string[] };

/** What is said of a data channel message; its bytes follow. */
export interface PipedMessageHead {
  readonly from: string;
  readonly channel: DataChannelClass;
  readonly isText: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeJson(value: PipeMessage | PipedMessageHead): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/** What {@link encodeJson} made, by another thread of this program; undefined for what it did not. */
export function decodeJson<Value extends PipeMessage | PipedMessageHead>(bytes: Uint8Array): Value | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Value) : undefined;
  } catch {
    return undefined; // it is counted by who asked
  }
}

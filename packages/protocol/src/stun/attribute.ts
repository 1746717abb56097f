import type { ByteWriter } from '../bytes/index.js';
import type { Decoded } from '../core/index.js';

/** One attribute of the registry: its number, and how its value is read and written. One file each in `attributes`. */
export interface StunAttribute<T> {
  readonly type: number;
  /** As the RFC spells it. */
  readonly name: string;
  /** `transactionId` is needed by addresses alone: they are XORed with it. */
  decode(value: Uint8Array, transactionId: Uint8Array): Decoded<T>;
  /** Appends the value, without header and padding. */
  encode(value: T, out: ByteWriter, transactionId: Uint8Array): void;
}

/** What it takes to write an attribute. */
export type AttributeWriter<T> = Pick<StunAttribute<T>, 'type' | 'encode'>;

/** From here on, an attribute that is not known may be skipped (RFC 8489 §14). */
export const FIRST_OPTIONAL_TYPE = 0x8000;

import { ByteReader } from '../../bytes/index.js';
import { DerTag } from './der.js';

const EMPTY = new Uint8Array(0);

/**
 * Cursor over borrowed DER. Like {@link ByteReader} it fails stickily and never throws; lengths must be definite and
 * minimal (X.690 §10.1). It does not recurse: nesting costs only what the caller asks to enter.
 */
export class DerReader {
  private readonly reader: ByteReader;

  constructor(private readonly bytes: Uint8Array) {
    this.reader = new ByteReader(bytes);
  }

  get failed(): boolean {
    return this.reader.failed;
  }

  get isAtEnd(): boolean {
    return this.reader.failed || this.reader.remaining === 0;
  }

  /** The tag that comes next; undefined at the end. */
  get nextTag(): number | undefined {
    return this.isAtEnd ? undefined : this.bytes[this.reader.position];
  }

  /** The contents of the next element, which must have `tag`. */
  contents(tag: number): Uint8Array {
    if (this.reader.u8() !== tag) return this.fail();
    const length = this.length();
    return length < 0 ? this.fail() : this.reader.view(length);
  }

  /** The next element whole, header included, which must have `tag`. */
  element(tag: number): Uint8Array {
    const start = this.reader.position;
    this.contents(tag);
    return this.failed ? EMPTY : this.bytes.subarray(start, this.reader.position);
  }

  /** A reader of what is inside the next element. */
  enter(tag: number): DerReader {
    const inner = new DerReader(this.contents(tag));
    if (this.failed) inner.fail();
    return inner;
  }

  /** The magnitude of a non-negative INTEGER; negative ones fail. */
  unsigned(): Uint8Array {
    const digits = this.contents(DerTag.integer);
    if (digits.length === 0 || (digits[0]! & 0x80) !== 0) return this.fail();
    if (digits.length > 1 && digits[0] === 0) return (digits[1]! & 0x80) === 0 ? this.fail() : digits.subarray(1);
    return digits;
  }

  /** The bytes of a BIT STRING without unused bits. */
  bitString(): Uint8Array {
    const content = this.contents(DerTag.bitString);
    return content.length === 0 || content[0] !== 0 ? this.fail() : content.subarray(1);
  }

  fail(): Uint8Array {
    this.reader.failed = true;
    return EMPTY;
  }

  private length(): number {
    const first = this.reader.u8();
    if (first < 0x80) return first;
    const digits = first & 0x7f;
    if (digits === 0 || digits > 3) return -1; // indefinite, or longer than anything that is read here
    let length = 0;
    for (let i = 0; i < digits; i++) length = length * 256 + this.reader.u8();
    const isMinimal = length >= 0x80 && length >= 256 ** (digits - 1);
    return isMinimal ? length : -1;
  }
}

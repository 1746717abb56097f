import { ByteReader, type ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import { AttributeType } from '../registry.js';

/** A way to make a key of a password, with its parameters (none so far has any). */
export interface PasswordAlgorithmEntry {
  readonly algorithm: number;
  readonly parameters: Uint8Array;
}

const TRUNCATED = Malformed.of('stun/password-algorithm/truncated');
const NOT_ONE = Malformed.of('stun/password-algorithm/not-one');

/**
 * Entries of the list (RFC 8489 §14.11), each padded to four bytes. The last may go unpadded.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |         Algorithm 1           | Algorithm 1 Parameters Length |
 *     |                    Algorithm 1 Parameters (variable)          |
 */
function decodeEntries(value: Uint8Array): Decoded<PasswordAlgorithmEntry[]> {
  const reader = new ByteReader(value);
  const entries: PasswordAlgorithmEntry[] = [];
  while (reader.remaining > 0) {
    const algorithm = reader.u16();
    const length = reader.u16();
    const parameters = reader.view(length);
    if (reader.failed) return TRUNCATED;
    entries.push({ algorithm, parameters });
    reader.skip(Math.min((4 - (length & 3)) & 3, reader.remaining));
  }
  return entries;
}

function encodeEntry({ algorithm, parameters }: PasswordAlgorithmEntry, out: ByteWriter): void {
  out
    .u16(algorithm)
    .u16(parameters.length)
    .raw(parameters)
    .zeros((4 - (parameters.length & 3)) & 3);
}

/** What the server accepts, best first (RFC 8489 §14.11); the client echoes it against bidding down. */
export const PasswordAlgorithms: StunAttribute<readonly PasswordAlgorithmEntry[]> = {
  type: AttributeType.passwordAlgorithms,
  name: 'PASSWORD-ALGORITHMS',
  decode: decodeEntries,
  encode(entries, out) {
    for (const entry of entries) encodeEntry(entry, out);
  },
};

/** What the client chose (RFC 8489 §14.12). */
export const PasswordAlgorithm: StunAttribute<PasswordAlgorithmEntry> = {
  type: AttributeType.passwordAlgorithm,
  name: 'PASSWORD-ALGORITHM',
  decode(value) {
    const entries = decodeEntries(value);
    if (entries instanceof Malformed) return entries;
    return entries.length === 1 ? entries[0]! : NOT_ONE;
  },
  encode: encodeEntry,
};

import { ByteReader, ByteWriter } from '@maru/protocol/bytes';
import { type Decoded, Malformed } from '@maru/protocol/core';

/** Record types that mDNS names of candidates need (RFC 1035 §3.2.2, RFC 3596). */
export const RecordType = { a: 1, aaaa: 28, any: 255 } as const;

const CLASS_INTERNET = 1;
/** The cache-flush bit of an answer (RFC 6762 §10.2). */
const CACHE_FLUSH = 0x8000;
const FLAG_RESPONSE = 0x8000;
const FLAGS_AUTHORITATIVE_RESPONSE = 0x8400;
/** Answers live so long in caches (RFC 6762 §10). */
const TTL_SECONDS = 120;
/** More questions or records than any honest message about candidates holds. */
const MAX_ENTRIES = 64;
const MAX_NAME_BYTES = 255;
const MAX_POINTERS = 16;

const TRUNCATED = Malformed.of('mdns/message/truncated');
const BAD_NAME = Malformed.of('mdns/message/bad-name');
const TOO_MANY = Malformed.of('mdns/message/too-many-entries');

export interface MdnsAnswer {
  /** In lower case, without the final dot. */
  readonly name: string;
  /** The address, textual. */
  readonly address: string;
}

export interface MdnsMessage {
  readonly isResponse: boolean;
  /** Names asked for, in lower case, with the record type. */
  readonly questions: readonly { readonly name: string; readonly type: number }[];
  /** Address records; others are passed over. */
  readonly answers: readonly MdnsAnswer[];
}

/** Decodes a DNS message as far as addresses go (RFC 1035 §4.1, RFC 6762 §18). */
export function decodeMdns(bytes: Uint8Array): Decoded<MdnsMessage> {
  const reader = new ByteReader(bytes);
  reader.u16();
  const isResponse = (reader.u16() & FLAG_RESPONSE) !== 0;
  const [questionCount, answerCount] = [reader.u16(), reader.u16()];
  reader.u32();
  if (questionCount + answerCount > MAX_ENTRIES) return TOO_MANY;
  const questions: { name: string; type: number }[] = [];
  const answers: MdnsAnswer[] = [];
  for (let i = 0; i < questionCount && !reader.failed; i++) {
    const name = readName(reader, bytes);
    if (name === undefined) return BAD_NAME;
    questions.push({ name, type: reader.u16() });
    reader.u16();
  }
  for (let i = 0; i < answerCount && !reader.failed; i++) {
    const name = readName(reader, bytes);
    if (name === undefined) return BAD_NAME;
    const type = reader.u16();
    reader.u16();
    reader.u32();
    const data = reader.view(reader.u16());
    const address = formatAddress(type, data);
    if (address !== undefined) answers.push({ name, address });
  }
  return reader.failed ? TRUNCATED : { isResponse, questions, answers };
}

/** A question for the addresses of `name`, both families. */
export function encodeMdnsQuery(name: string): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(2 * MAX_NAME_BYTES + 40));
  writer.u16(0).u16(0).u16(2).u16(0).u32(0);
  for (const type of [RecordType.a, RecordType.aaaa]) writeName(writer, name).u16(type).u16(CLASS_INTERNET);
  return writer.written.slice();
}

/** The answer that `name` has these addresses. */
export function encodeMdnsResponse(name: string, addresses: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(new Uint8Array((MAX_NAME_BYTES + 40) * Math.max(1, addresses.length)));
  writer.u16(0).u16(FLAGS_AUTHORITATIVE_RESPONSE).u16(0).u16(addresses.length).u32(0);
  for (const address of addresses) {
    const type = address.length === 4 ? RecordType.a : RecordType.aaaa;
    writeName(writer, name)
      .u16(type)
      .u16(CLASS_INTERNET | CACHE_FLUSH)
      .u32(TTL_SECONDS)
      .u16(address.length)
      .raw(address);
  }
  return writer.written.slice();
}

function writeName(writer: ByteWriter, name: string): ByteWriter {
  for (const label of name.split('.')) {
    const bytes = new TextEncoder().encode(label).subarray(0, 63);
    writer.u8(bytes.length).raw(bytes);
  }
  return writer.u8(0);
}

/** A name at the reader, pointers followed (RFC 1035 §4.1.4); undefined if it never ends or is too long. */
function readName(reader: ByteReader, message: Uint8Array): string | undefined {
  const labels: string[] = [];
  let cursor = reader;
  let length = 0;
  for (let pointers = 0; !cursor.failed; ) {
    const size = cursor.u8();
    if (size === 0) return cursor.failed ? undefined : labels.join('.').toLowerCase();
    if (size >= 0xc0) {
      const target = ((size & 0x3f) << 8) | cursor.u8();
      if (++pointers > MAX_POINTERS || target >= message.length) return undefined;
      cursor = new ByteReader(message.subarray(target));
      continue;
    }
    length += size + 1;
    if (size > 63 || length > MAX_NAME_BYTES) return undefined;
    labels.push(new TextDecoder().decode(cursor.view(size)));
  }
  return undefined;
}

function formatAddress(type: number, data: Uint8Array): string | undefined {
  if (type === RecordType.a && data.length === 4) return data.join('.');
  if (type !== RecordType.aaaa || data.length !== 16) return undefined;
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((data[i]! << 8) | data[i + 1]!).toString(16));
  return groups
    .join(':')
    .replace(/\b0(?::0)+\b/, ':')
    .replace(/:{3,}/, '::');
}

import { readdirSync, readFileSync } from 'node:fs';
import { nodeCrypto } from '@maru/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter, formatHex, parseHex } from '../bytes/index.js';
import { Malformed, SeededRandom } from '../core/index.js';
import * as stun from './index.js';
import {
  AttributeType,
  type AttributeWriter,
  checkFingerprint,
  checkIntegrity,
  checkIntegritySha256,
  DATAGRAM_RETRANSMIT,
  decodeStunMessage,
  isStun,
  longTermKey,
  messageTypeOf,
  newTransactionId,
  type StunAttribute,
  StunEncoder,
  type StunMessage,
  StunMethod,
  StunTransaction,
  shortTermKey,
  transactionKey,
  unknownRequiredAttributes,
} from './index.js';

const VECTORS = new URL('../../vectors/stun/', import.meta.url);

/** Every attribute that the package exports, by name. */
const ATTRIBUTES = new Map(
  Object.values(stun)
    .filter((value): value is StunAttribute<never> => typeof value === 'object' && 'type' in value && 'decode' in value)
    .map((attribute) => [attribute.name, attribute] as const),
);

interface Vector {
  class: string;
  method: number;
  key: {
    kind: 'short-term' | 'long-term';
    password: string;
    algorithm: 'md5' | 'sha-256';
    username: string;
    realm: string;
  };
  integrity?: string;
  integritySha256?: string;
  fingerprint: boolean;
  zeroPadding: boolean;
  attributes: Record<string, unknown>;
}

const readVector = (name: string) => ({
  bytes: parseHex(
    readFileSync(new URL(`${name}.hex`, VECTORS), 'utf8')
      .split('\n')
      .slice(1)
      .join(''),
  )!,
  meaning: JSON.parse(readFileSync(new URL(`${name}.json`, VECTORS), 'utf8')),
});

const names = readdirSync(VECTORS)
  .filter((file) => file.endsWith('.hex'))
  .map((file) => file.slice(0, -'.hex'.length));

/** Plain JSON for what an attribute decodes to. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return formatHex(value);
  if (value && typeof value === 'object' && !Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return value;
}

function messageOf(bytes: Uint8Array): StunMessage {
  const message = decodeStunMessage(bytes);
  if (message instanceof Malformed) throw new Error(message.reason);
  return message;
}

describe('vectors', () => {
  test.each(names.filter((name) => !name.endsWith('.invalid')))('%s', (name) => {
    const { bytes, meaning } = readVector(name) as { bytes: Uint8Array; meaning: Vector };
    expect(isStun(bytes)).toBe(true);
    const message = messageOf(bytes);
    expect([message.messageClass, message.method]).toEqual([meaning.class, meaning.method]);
    const key =
      meaning.key.kind === 'short-term'
        ? shortTermKey(meaning.key.password)
        : longTermKey(meaning.key.algorithm, meaning.key.username, meaning.key.realm, meaning.key.password, nodeCrypto);
    expect(checkIntegrity(message, key, nodeCrypto)).toBe(meaning.integrity ?? 'absent');
    expect(checkIntegritySha256(message, key, nodeCrypto)).toBe(meaning.integritySha256 ?? 'absent');
    expect(checkFingerprint(message)).toBe(meaning.fingerprint ? true : undefined);
    const encoder = new StunEncoder().start(message.messageClass, message.method, message.transactionId);
    for (const [attributeName, expected] of Object.entries(meaning.attributes)) {
      const attribute = ATTRIBUTES.get(attributeName)!;
      const value = message.read(attribute);
      expect(plain(value)).toEqual(expected);
      encoder.add(attribute, value as never);
    }
    if (meaning.integrity) encoder.integrity(key, nodeCrypto);
    if (meaning.integritySha256) encoder.integritySha256(key, nodeCrypto);
    if (meaning.fingerprint) encoder.fingerprint();
    const again = encoder.finish();
    if (meaning.zeroPadding) expect(formatHex(again)).toBe(formatHex(bytes));
    else expect(again.length).toBe(bytes.length);
    expect(checkIntegrity(messageOf(again), key, nodeCrypto)).toBe(meaning.integrity ?? 'absent');
  });

  test.each(names.filter((name) => name.endsWith('.invalid')))('%s is refused', (name) => {
    const { bytes, meaning } = readVector(name);
    expect(decodeStunMessage(bytes)).toEqual(Malformed.of(meaning.reason));
  });

  test('the userhash of RFC 8489 Appendix B.1', () => {
    expect(formatHex(stun.userhashOf('マトリックス', 'example.org', nodeCrypto))).toBe(
      '4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704',
    );
  });

  test('the long-term key of RFC 8489 §9.2.2', () => {
    expect(formatHex(longTermKey('md5', 'user', 'realm', 'pass', nodeCrypto))).toBe('8493fbc53ba582fb4c044c456bdc40eb');
  });
});

describe('messages', () => {
  test('class and method are interleaved and come apart again', () => {
    expect(messageTypeOf('request', StunMethod.binding)).toBe(0x0001);
    expect(messageTypeOf('success', StunMethod.binding)).toBe(0x0101);
    expect(messageTypeOf('error', StunMethod.allocate)).toBe(0x0113);
    expect(messageTypeOf('indication', StunMethod.data)).toBe(0x0017);
    fc.assert(
      fc.property(fc.constantFrom('request', 'indication', 'success', 'error'), fc.nat(0xfff), (messageClass, method) => {
        const bytes = new StunEncoder().start(messageClass, method, new Uint8Array(12)).finish();
        const message = messageOf(bytes);
        expect([message.messageClass, message.method]).toEqual([messageClass, method]);
      }),
    );
  });

  test('whatever the bytes, decoding and reading every attribute returns and never throws', () => {
    const tail = fc.uint8Array({ maxLength: 200 });
    const stunLike = fc.tuple(fc.nat(0x3fff), tail).map(([type, body]) => {
      const bytes = new Uint8Array(20 + (body.length & ~3));
      new ByteWriter(bytes)
        .u16(type)
        .u16(body.length & ~3)
        .u32(stun.MAGIC_COOKIE);
      bytes.set(body.subarray(0, body.length & ~3), 20);
      return bytes;
    });
    const attributed = fc
      .array(fc.tuple(fc.constantFrom(...Object.values(AttributeType)), fc.uint8Array({ maxLength: 40 })), { maxLength: 6 })
      .map((attributes) => {
        const encoder = new StunEncoder().start('request', 1, new Uint8Array(12));
        for (const [type, value] of attributes) {
          const attribute: AttributeWriter<Uint8Array> = { type, encode: (raw, out) => void out.raw(raw) };
          encoder.add(attribute, value);
        }
        return encoder.finish().slice();
      });
    fc.assert(
      fc.property(fc.oneof(tail, stunLike, attributed), (bytes) => {
        const message = decodeStunMessage(bytes);
        if (message instanceof Malformed) return;
        for (const attribute of ATTRIBUTES.values()) message.readAll(attribute);
        unknownRequiredAttributes(message, new Set());
        checkFingerprint(message);
        checkIntegrity(message, Uint8Array.of(1), nodeCrypto);
        checkIntegritySha256(message, Uint8Array.of(1), nodeCrypto);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a thousand attributes are refused, and so is a message cut anywhere (S-15)', () => {
    const encoder = new StunEncoder().start('request', 1, new Uint8Array(12));
    for (let i = 0; i < 1_000; i++) encoder.add(stun.UseCandidate, true);
    expect(decodeStunMessage(encoder.finish())).toEqual(Malformed.of('stun/message/too-many-attributes'));
    const { bytes } = readVector('rfc5769-request');
    for (let length = 0; length < bytes.length; length++)
      expect(decodeStunMessage(bytes.subarray(0, length))).toBeInstanceOf(Malformed);
  });

  test('what follows MESSAGE-INTEGRITY is ignored, but for its SHA-256 sister and FINGERPRINT', () => {
    const key = Uint8Array.of(7);
    const bytes = new StunEncoder()
      .start('request', 1, new Uint8Array(12))
      .add(stun.Username, 'a:b')
      .integrity(key, nodeCrypto)
      .add(stun.UseCandidate, true)
      .integritySha256(key, nodeCrypto)
      .add(stun.Priority, 1)
      .fingerprint()
      .finish();
    const message = messageOf(bytes);
    expect(message.attributes.map(({ type }) => type)).toEqual([
      AttributeType.username,
      AttributeType.messageIntegrity,
      AttributeType.messageIntegritySha256,
      AttributeType.fingerprint,
    ]);
    expect(checkIntegrity(message, key, nodeCrypto)).toBe('valid');
    expect(checkIntegritySha256(message, key, nodeCrypto)).toBe('valid');
    expect(checkFingerprint(message)).toBe(true);
  });

  test('any changed bit breaks integrity or fingerprint', () => {
    const key = Uint8Array.of(7);
    const bytes = new StunEncoder()
      .start(
        'request',
        1,
        Uint8Array.from({ length: 12 }, (_, i) => i),
      )
      .add(stun.Username, 'remote:local')
      .integrity(key, nodeCrypto)
      .fingerprint()
      .finish();
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const message = decodeStunMessage(changed);
      if (message instanceof Malformed) continue;
      expect(checkIntegrity(message, key, nodeCrypto) === 'valid' && checkFingerprint(message) === true).toBe(false);
    }
  });

  test('padding and reserved bytes are zero, whatever the buffer held before', () => {
    const encoder = new StunEncoder();
    encoder.start('request', 1, new Uint8Array(12)).add(stun.Data, new Uint8Array(400).fill(0xff)).finish();
    const bytes = encoder
      .start('request', 1, new Uint8Array(12))
      .add(stun.Username, 'abcde')
      .add(stun.EvenPort, { reserveNext: true });
    expect(formatHex(bytes.finish().subarray(20))).toBe('000600056162636465000000' + '0018000180000000');
  });

  test('a large message grows the encoder and keeps what came before', () => {
    const data = Uint8Array.from({ length: 60_000 }, (_, i) => i);
    const message = messageOf(
      new StunEncoder()
        .start('indication', StunMethod.send, new Uint8Array(12))
        .add(stun.Username, 'x')
        .add(stun.Data, data)
        .finish(),
    );
    expect(message.value(stun.Username)).toBe('x');
    expect(message.value(stun.Data)).toEqual(data);
  });

  test('unknown comprehension-required attributes are told, each once', () => {
    const odd = (type: number): StunAttribute<true> => ({ ...stun.UseCandidate, type });
    const bytes = new StunEncoder()
      .start('request', 1, new Uint8Array(12))
      .add(odd(0x7001), true)
      .add(odd(0x8777), true)
      .add(odd(0x7001), true)
      .add(stun.Username, 'a')
      .finish();
    expect(unknownRequiredAttributes(messageOf(bytes), new Set([AttributeType.username]))).toEqual([0x7001]);
  });
});

describe('attributes', () => {
  const ip = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => stun.canonicalIpAddress(text)!);
  const address = fc.record({ address: ip, port: fc.nat(0xffff) });
  const code = fc.record({ code: fc.integer({ min: 300, max: 699 }), reason: fc.string({ maxLength: 100 }) });
  const family = fc.constantFrom('ipv4', 'ipv6');
  const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => new TextEncoder().encode(value).length < 255);
  const raw = fc.uint8Array({ maxLength: 50 });
  const algorithm = fc.record({ algorithm: fc.nat(0xffff), parameters: fc.uint8Array({ maxLength: 9 }) });
  const values: Record<string, fc.Arbitrary<unknown>> = {
    'MAPPED-ADDRESS': address,
    'XOR-MAPPED-ADDRESS': address,
    'XOR-PEER-ADDRESS': address,
    'XOR-RELAYED-ADDRESS': address,
    'ALTERNATE-SERVER': address,
    'RESPONSE-ORIGIN': address,
    'OTHER-ADDRESS': address,
    USERNAME: text,
    REALM: text,
    NONCE: text,
    SOFTWARE: text,
    'ALTERNATE-DOMAIN': text,
    'THIRD-PARTY-AUTHORIZATION': text,
    USERHASH: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    DATA: raw,
    'RESERVATION-TOKEN': fc.uint8Array({ minLength: 8, maxLength: 8 }),
    'MOBILITY-TICKET': raw,
    PADDING: raw,
    'USE-CANDIDATE': fc.constant(true),
    'DONT-FRAGMENT': fc.constant(true),
    PRIORITY: fc.nat(0xffff_ffff),
    LIFETIME: fc.nat(0xffff_ffff),
    'CONNECTION-ID': fc.nat(0xffff_ffff),
    'CACHE-TIMEOUT': fc.nat(0xffff_ffff),
    'ICE-CONTROLLED': fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    'ICE-CONTROLLING': fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    'CHANNEL-NUMBER': fc.nat(0xffff),
    'RESPONSE-PORT': fc.nat(0xffff),
    'REQUESTED-TRANSPORT': fc.nat(0xff),
    'REQUESTED-ADDRESS-FAMILY': family,
    'ADDITIONAL-ADDRESS-FAMILY': family,
    'ERROR-CODE': code,
    'ADDRESS-ERROR-CODE': fc.tuple(family, code).map(([of, error]) => ({ family: of, ...error })),
    'UNKNOWN-ATTRIBUTES': fc.array(fc.nat(0xffff), { maxLength: 9 }),
    'PASSWORD-ALGORITHMS': fc.array(algorithm, { maxLength: 4 }),
    'PASSWORD-ALGORITHM': algorithm,
    'CHANGE-REQUEST': fc.record({ changeIp: fc.boolean(), changePort: fc.boolean() }),
    'EVEN-PORT': fc.record({ reserveNext: fc.boolean() }),
    ICMP: fc.record({ icmpType: fc.nat(127), icmpCode: fc.nat(511), data: fc.nat(0xffff_ffff) }),
    'ACCESS-TOKEN': fc.record({ nonce: raw, sealed: raw }),
    TRANSACTION_TRANSMIT_COUNTER: fc.record({ requests: fc.nat(255), responses: fc.nat(255) }),
  };

  test('every attribute has a generator', () => expect([...ATTRIBUTES.keys()].sort()).toEqual(Object.keys(values).sort()));

  test.each([...ATTRIBUTES])('%s survives encoding and decoding', (name, attribute) => {
    fc.assert(
      fc.property(values[name]!, fc.uint8Array({ minLength: 12, maxLength: 12 }), (value, id) => {
        const bytes = new StunEncoder()
          .start('request', 1, id)
          .add(attribute, value as never)
          .finish();
        expect(messageOf(bytes).read(attribute)).toEqual(value);
      }),
    );
  });

  test('the block of an access token', () => {
    const block = new Uint8Array(2 + 4 + 12);
    new ByteWriter(block).u16(4).u32(0xdeadbeef).u64(5n).u32(60);
    expect(stun.decodeAccessTokenBlock(block)).toEqual({
      macKey: parseHex('deadbeef'),
      timestamp: 5n,
      lifetimeSeconds: 60,
    });
    expect(stun.decodeAccessTokenBlock(block.subarray(0, 9))).toBeInstanceOf(Malformed);
  });
});

describe('IP addresses', () => {
  test.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::', '::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::FFFF:c000:0201', '::ffff:192.0.2.1'],
    ['fe80:0:0:0:1:0:0:1', 'fe80::1:0:0:1'],
    ['10.0.0.1', '10.0.0.1'],
  ])('%s is %s', (text, canonical) => expect(stun.canonicalIpAddress(text)).toBe(canonical));

  test.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '::1%eth0',
    ':::',
    '1::2::3',
    'host.local',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
  ])('"%s" is none', (text) => expect(stun.parseIpAddress(text)).toBeUndefined());

  test('bytes survive text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
        (bytes) => {
          expect(stun.parseIpAddress(stun.formatIpAddress(bytes))).toEqual(bytes);
        },
      ),
    );
    fc.assert(fc.property(fc.string(), (text) => void stun.parseIpAddress(text)));
  });
});

describe('transactions', () => {
  const schedule = (transaction: StunTransaction) => {
    const sentAt: number[] = [];
    for (let now = transaction.deadline; ; now = transaction.deadline) {
      const due = transaction.poll(now);
      if (due === 'timeout') return { sentAt, timeoutAt: now };
      sentAt.push(now);
    }
  };

  test('an unanswered request is sent 7 times and given up after 39.5 s (RFC 8489 §6.2.1)', () => {
    expect(schedule(new StunTransaction(0, DATAGRAM_RETRANSMIT))).toEqual({
      sentAt: [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500],
      timeoutAt: 39_500,
    });
  });

  test('over a stream it is sent once and given up after 39.5 s (RFC 8489 §6.2.2)', () => {
    expect(schedule(new StunTransaction(10, stun.STREAM_RETRANSMIT))).toEqual({ sentAt: [10], timeoutAt: 39_510 });
  });

  test('a cancelled one sends no more and still ends when it would have', () => {
    const transaction = new StunTransaction(0);
    transaction.poll(0);
    transaction.cancelRetransmission(100);
    expect(transaction.poll(20_000)).toBeUndefined();
    expect(transaction.deadline).toBe(39_600);
    expect(transaction.poll(39_600)).toBe('timeout');
  });

  test('the round trip is known only of a request that was sent once', () => {
    const once = new StunTransaction(0);
    once.poll(0);
    expect(once.finish(40)).toBe(40);
    expect(once.deadline).toBe(Number.POSITIVE_INFINITY);
    const twice = new StunTransaction(0);
    twice.poll(0);
    twice.poll(500);
    expect(twice.finish(540)).toBeUndefined();
  });

  test('transaction ids do not repeat (S-28)', () => {
    const random = new SeededRandom(1);
    const seen = new Set<string>();
    for (let i = 0; i < 20_000; i++) seen.add(transactionKey(newTransactionId(random)));
    expect(seen.size).toBe(20_000);
  });
});

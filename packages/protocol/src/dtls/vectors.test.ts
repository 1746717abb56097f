import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeCrypto } from '@maru/node';
import { describe, expect, test } from 'vitest';
import { ByteReader, parseHex } from '../bytes/index.js';
import { Malformed } from '../core/index.js';
import { codesOf, decodeSupportedVersions, decodeUseSrtp, ExtensionType } from './extension.js';
import { FRAGMENT_HEADER_BYTES, HandshakeType, readFragment } from './handshake-message.js';
import { prf } from './key-schedule.js';
import { decodeClientHello } from './messages/client-hello.js';
import { HandshakeReassembly } from './reassembly.js';
import { RECORD_HEADER_BYTES } from './record.js';
import { meaningOf } from './testing/meaning.js';
import { Peer } from './testing/peers.js';

const FOLDER = fileURLToPath(new URL('../../vectors/dtls', import.meta.url));
const files = readdirSync(FOLDER);

/** The byte strings of a vector: blank lines part datagrams, the first line says where it is from. */
function bytesOf(file: string): Uint8Array[] {
  const text = readFileSync(join(FOLDER, file), 'utf8').replace(/^#.*\n/, '');
  return text.split('\n\n').map((part) => parseHex(part)!);
}

function jsonOf(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(FOLDER, file.replace(/\.hex$/, '.json')), 'utf8'));
}

describe('a handshake message of the vectors', () => {
  const messages = files.filter((file) => file.endsWith('.hex') && !file.endsWith('.datagrams.hex'));
  test.each(messages)('%s means what its JSON says', (file) => {
    const [bytes] = bytesOf(file);
    const fragment = readFragment(new ByteReader(bytes!))!;
    const meaning = meaningOf(fragment.type, fragment.body);
    if (meaning instanceof Malformed) {
      expect({ reason: meaning.reason }).toEqual(jsonOf(file));
      expect(file).toContain('.invalid.');
      return;
    }
    expect(meaning.fields).toEqual(jsonOf(file));
    if (meaning.encoded) expect(meaning.encoded).toEqual(bytes!.subarray(FRAGMENT_HEADER_BYTES));
  });
});

describe('a ClientHello of a browser, in two datagrams, that would rather speak DTLS 1.3', () => {
  const captures = files.filter((file) => file.endsWith('.datagrams.hex'));

  test.each(captures)('%s offers what its JSON says', (file) => {
    const reassembly = new HandshakeReassembly();
    for (const datagram of bytesOf(file)) {
      const fragment = readFragment(new ByteReader(datagram.subarray(RECORD_HEADER_BYTES)))!;
      expect(reassembly.receive(fragment, 0)).toBe('kept');
    }
    const hello = decodeClientHello(reassembly.take()!.body);
    if (hello instanceof Malformed) throw new Error(hello.reason);
    const hex = (codes: readonly number[]) => codes.map((code) => code.toString(16).padStart(4, '0'));
    const { supportedVersions, groups, srtpProfiles } = jsonOf(file);
    expect(hex(decodeSupportedVersions(hello.extensions.get(ExtensionType.supportedVersions)!))).toEqual(supportedVersions);
    expect(hex(codesOf(hello.extensions.get(ExtensionType.supportedGroups)))).toEqual(groups);
    expect(hex(decodeUseSrtp(hello.extensions.get(ExtensionType.useSrtp)!)!.codes)).toEqual(srtpProfiles);
  });

  test.each(captures)('%s is answered with flight 4 of DTLS 1.2 as soon as it is whole, in either order', (file) => {
    for (const datagrams of [bytesOf(file), bytesOf(file).reverse()]) {
      const server = new Peer('server');
      server.connection.start(0, 'server');
      const [first, second] = datagrams;
      server.receive(0, first!);
      expect(server.take()).toEqual([]);
      server.receive(0, second!);
      const [flight] = server.take();
      expect(flight![RECORD_HEADER_BYTES]).toBe(HandshakeType.serverHello);
      const random = flight!.subarray(RECORD_HEADER_BYTES + FRAGMENT_HEADER_BYTES + 2).subarray(0, 32);
      expect(Buffer.from(random.subarray(24)).toString('latin1')).not.toMatch(/^DOWNGRD/);
      expect(server.connection.stats().flightsRetransmitted).toBe(0);
    }
  });

  test.each(captures)('%s that came before the server was ready is answered at its start', (file) => {
    const server = new Peer('server');
    for (const datagram of bytesOf(file)) server.receive(0, datagram);
    expect(server.take()).toEqual([]);
    server.connection.start(500, 'server');
    expect(server.take()[0]![RECORD_HEADER_BYTES]).toBe(HandshakeType.serverHello);
  });
});

describe('the TLS 1.2 pseudorandom function', () => {
  const hex = (text: string) => parseHex(text)!;

  test('with SHA-256 makes the published 100 bytes', () => {
    const secret = hex('9bbe436ba940f017b17652849a71db35');
    const seed = hex('a0ba9f936cda311827a6f796ffd5198c');
    expect(prf(nodeCrypto, 'sha-256', secret, 'test label', seed, 100)).toEqual(
      hex(
        'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
      ),
    );
  });

  test('with SHA-384 makes the published 148 bytes', () => {
    const secret = hex('b80b733d6ceefcdc71566ea48e5567df');
    const seed = hex('cd665cf6a8447dd6ff8b27555edb7465');
    expect(prf(nodeCrypto, 'sha-384', secret, 'test label', seed, 148)).toEqual(
      hex(
        '7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f',
      ),
    );
  });
});

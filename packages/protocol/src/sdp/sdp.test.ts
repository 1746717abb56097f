import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse as parseWithSdpTransform } from 'sdp-transform';
import { describe, expect, test } from 'vitest';
import {
  attributeValue,
  attributeValues,
  type DescriptionLevel,
  directionOf,
  formatExtensionMap,
  formatFmtp,
  formatRid,
  formatRtcpFeedback,
  formatRtpMap,
  formatSdp,
  formatSimulcast,
  formatSourceAttribute,
  formatSourceGroup,
  groupsOf,
  hasAttribute,
  iceParametersOf,
  parseExtensionMap,
  parseFingerprint,
  parseFmtp,
  parseMsid,
  parseParameters,
  parseRid,
  parseRtcpFeedback,
  parseRtpMap,
  parseSdp,
  parseSimulcast,
  parseSourceAttribute,
  parseSourceGroup,
  replaceAttributes,
  SDP_LIMITS,
  SdpMalformed,
  type SessionTree,
  sctpParametersOf,
} from './index.js';

const VECTORS = new URL('../../vectors/sdp/', import.meta.url);
const vectors = readdirSync(VECTORS).filter((name) => name.endsWith('.sdp'));
const read = (name: string): string => readFileSync(new URL(name, VECTORS), 'utf8').replace(/\r?\n/g, '\r\n');

const MINIMAL = 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';

function parsed(text: string): SessionTree {
  const tree = parseSdp(text);
  if (tree instanceof SdpMalformed) throw new Error(`${tree.reason} in line ${tree.lineNumber}`);
  return tree;
}

function refusal(text: string): string {
  const tree = parseSdp(text);
  return tree instanceof SdpMalformed ? `${tree.reason} ${tree.lineNumber}` : 'accepted';
}

describe.each(vectors)('%s', (name) => {
  const text = read(name);

  test('is written back byte for byte', () => {
    expect(formatSdp(parsed(text))).toBe(text);
  });

  test('means what sdp-transform says it means', () => {
    const tree = parsed(text);
    const other = parseWithSdpTransform(text);
    expect(tree.origin).toMatchObject({ username: other.origin.username, address: other.origin.address });
    expect(tree.name).toBe(other.name);
    expect(groupsOf(tree, 'BUNDLE').map(({ mids }) => mids.join(' '))).toEqual(other.groups?.map(({ mids }) => String(mids)));
    expect(tree.media.length).toBe(other.media.length);
    tree.media.forEach((section, i) => {
      const theirs = other.media[i]!;
      expect([section.kind, section.port, section.protocol]).toEqual([theirs.type, theirs.port, theirs.protocol]);
      expect(section.formats.join(' ')).toBe(String(theirs.payloads));
      expect(attributeValue(section, 'mid')).toBe(String(theirs.mid));
      expect(iceParametersOf(section, tree)).toEqual({ ufrag: String(theirs.iceUfrag), password: theirs.icePwd });
      const print = parseFingerprint(attributeValue(section, 'fingerprint') ?? attributeValue(tree, 'fingerprint')!);
      expect(print).toEqual({
        algorithm: (theirs.fingerprint ?? other.fingerprint)!.type,
        value: (theirs.fingerprint ?? other.fingerprint)!.hash,
      });
      expect(attributeValues(section, 'candidate').length).toBe(theirs.candidates?.length ?? 0);
      expect(hasAttribute(section, 'rtcp-mux')).toBe(theirs.rtcpMux !== undefined);
      expect(section.kind === 'application' || directionOf(section, tree)).toBe(
        section.kind === 'application' || theirs.direction,
      );
      expect(attributeValues(section, 'rtpmap').map(parseRtpMap)).toEqual(
        theirs.rtp.map((map) => ({
          payloadType: map.payload,
          encodingName: map.codec,
          clockRate: map.rate,
          ...(map.encoding !== undefined && { channels: Number(map.encoding) }),
        })),
      );
      expect(attributeValues(section, 'fmtp').map(parseFmtp)).toEqual(
        theirs.fmtp.map(({ payload, config }) => ({ format: String(payload), parameters: config })),
      );
      expect(attributeValues(section, 'extmap').map((value) => parseExtensionMap(value)?.uri)).toEqual(
        theirs.ext?.map(({ uri }) => uri) ?? [],
      );
      expect(attributeValues(section, 'ssrc').map((value) => parseSourceAttribute(value)?.ssrc)).toEqual(
        theirs.ssrcs?.map(({ id }) => Number(id)) ?? [],
      );
      if (section.kind === 'application') {
        expect(sctpParametersOf(section)).toEqual({ port: theirs.sctpPort, maxMessageSize: theirs.maxMessageSize });
      }
    });
  });

  test('has only attributes that are written as they were read', () => {
    const tree = parsed(text);
    const roundTrips: Record<string, (value: string) => { value?: string } | undefined> = {
      rtpmap: (value) => map(parseRtpMap(value), formatRtpMap),
      fmtp: (value) => map(parseFmtp(value), formatFmtp),
      'rtcp-fb': (value) => map(parseRtcpFeedback(value), formatRtcpFeedback),
      extmap: (value) => map(parseExtensionMap(value), formatExtensionMap),
      ssrc: (value) => map(parseSourceAttribute(value), formatSourceAttribute),
      'ssrc-group': (value) => map(parseSourceGroup(value), formatSourceGroup),
      rid: (value) => map(parseRid(value), formatRid),
      simulcast: (value) => map(parseSimulcast(value), formatSimulcast),
    };
    for (const section of tree.media) {
      for (const { name: attribute, value = '' } of section.attributes) {
        const roundTrip = roundTrips[attribute];
        if (roundTrip) expect(roundTrip(value)?.value).toBe(value);
      }
    }
  });
});

function map<In, Out>(value: In | undefined, format: (value: In) => Out): Out | undefined {
  return value === undefined ? undefined : format(value);
}

describe('reading', () => {
  test('lines may end with LF alone, and the last one not at all', () => {
    expect(parsed(MINIMAL.replaceAll('\r\n', '\n').trimEnd())).toEqual(parsed(MINIMAL));
  });

  test('everything that RFC 8866 has is kept, and lines of unknown type are too', () => {
    const text = [
      'v=0\r\no=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\ns=Call to John Smith\r\ni=SDP Offer #1\r\n',
      'u=http://www.jdoe.example.com/home.html\r\ne=Jane Doe <jane@jdoe.example.com>\r\np=+1 617 555-6011\r\n',
      'c=IN IP4 198.51.100.1\r\nb=CT:128\r\nt=3724394400 3724398000\r\nr=604800 3600 0 90000\r\nt=0 0\r\nz=3730928400 -1h\r\nk=prompt\r\n',
      'y=unheard of\r\na=recvonly\r\nm=audio 49170/2 RTP/AVP 0 8\r\ni=first\r\nc=IN IP4 224.2.1.1/127/3\r\nb=AS:64\r\nk=clear:x\r\na=foo:\r\n',
    ].join('');
    const tree = parsed(text);
    expect(formatSdp(tree)).toBe(text);
    expect(tree.unknownLines).toEqual(['y=unheard of']);
    expect(tree.media[0]).toMatchObject({ port: 49170, portCount: 2, attributes: [{ name: 'foo', value: '' }] });
    expect(directionOf(tree.media[0]!, tree)).toBe('recvonly');
  });

  test.each([
    ['', 'sdp/line-missing 1'],
    ['hello', 'sdp/no-line 1'],
    ['\uFEFFv=0\r\n', 'sdp/no-line 1'],
    [MINIMAL.replace('v=0', 'v=1'), 'sdp/version 1'],
    [MINIMAL.replace('o=- 1', 'o=- -1'), 'sdp/origin 2'],
    [MINIMAL.replace('127.0.0.1', ''), 'sdp/origin 2'],
    [MINIMAL.replace('s=-\r\n', ''), 'sdp/line-missing 3'],
    [MINIMAL.replace('t=0 0\r\n', ''), 'sdp/line-missing 3'],
    [MINIMAL.replace('t=0', 't=x'), 'sdp/timing 4'],
    [`${MINIMAL}a=\r\n`, 'sdp/attribute 5'],
    [`${MINIMAL}a=:x\r\n`, 'sdp/attribute 5'],
    [`${MINIMAL}s=again\r\n`, 'sdp/order 5'],
    [`${MINIMAL}m=audio 65536 RTP/AVP 0\r\n`, 'sdp/media 5'],
    [`${MINIMAL}m=audio -1 RTP/AVP 0\r\n`, 'sdp/media 5'],
    [`${MINIMAL}m=audio 18446744073709551616 RTP/AVP 0\r\n`, 'sdp/media 5'],
    [`${MINIMAL}m=audio 9 RTP/AVP\r\n`, 'sdp/media 5'],
    [`${MINIMAL}b=AS:x\r\n`, 'sdp/order 5'],
    [`${MINIMAL}m=audio 9 RTP/AVP 0\r\nb=AS:x\r\n`, 'sdp/bandwidth 6'],
    [`${MINIMAL}m=audio 9 RTP/AVP 0\r\nc=IN IP4\r\n`, 'sdp/connection 6'],
    [`${MINIMAL}a=x\ry\r\n`, 'sdp/control-character 5'],
    [`${MINIMAL}a=x\0\r\n`, 'sdp/control-character 5'],
    [MINIMAL.replaceAll('\r\n', '\r'), 'sdp/control-character 1'],
    [`${MINIMAL}a=x\r\n\r\na=y\r\n`, 'sdp/no-line 6'],
  ])('%j is refused with its reason and line', (text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  test('S-72: each bound is held exactly', () => {
    const attributes = (count: number): string => 'a=x\r\n'.repeat(count);
    expect(refusal(MINIMAL + attributes(SDP_LIMITS.attributesPerLevel))).toBe('accepted');
    expect(refusal(MINIMAL + attributes(SDP_LIMITS.attributesPerLevel + 1))).toMatch(/^sdp\/too-many-attributes/);
    const sections = (count: number): string => 'm=audio 9 RTP/AVP 0\r\n'.repeat(count);
    expect(refusal(MINIMAL + sections(SDP_LIMITS.mediaSections))).toBe('accepted');
    expect(refusal(MINIMAL + sections(SDP_LIMITS.mediaSections + 1))).toMatch(/^sdp\/too-many-media-sections/);
    const long = (characters: number): string => `a=${'x'.repeat(characters - 2)}\r\n`;
    expect(refusal(MINIMAL + long(SDP_LIMITS.lineCharacters))).toBe('accepted');
    expect(refusal(MINIMAL + long(SDP_LIMITS.lineCharacters + 1))).toBe('sdp/line-too-long 5');
    expect(refusal(MINIMAL + 'y=\r\n'.repeat(SDP_LIMITS.lines - 4))).toBe('accepted');
    expect(refusal(MINIMAL + 'y=\r\n'.repeat(SDP_LIMITS.lines - 3))).toMatch(/^sdp\/too-many-lines/);
    expect(refusal(MINIMAL + 'a'.repeat(SDP_LIMITS.characters))).toMatch(/^sdp\/too-long/);
  });

  test('S-72: the largest hostile texts cost at most 20 ms', () => {
    const most = SDP_LIMITS.characters - MINIMAL.length;
    const hostile = [
      MINIMAL + 'a='.repeat(most / 2),
      MINIMAL + 'a=\n'.repeat(most / 3),
      MINIMAL + 'y=\n'.repeat(most / 3),
      MINIMAL + '\n'.repeat(most),
      `${MINIMAL}m=video 9 RTP/AVP ${'96 '.repeat(650)}\n`.padEnd(SDP_LIMITS.characters, ' '),
      ' '.repeat(SDP_LIMITS.characters),
      `${MINIMAL}m=a 9 b c\n${`a=fmtp:96 ${';'.repeat(2_000)}\n`.repeat(120)}`,
    ];
    for (const text of hostile) parseSdp(text); // warm
    for (const text of hostile) {
      const startedAt = performance.now();
      parseSdp(text);
      expect(performance.now() - startedAt).toBeLessThan(20);
    }
  });

  test('no text makes it throw, and what it accepts it writes so that it reads the same', () => {
    const line = fc.oneof(
      fc.constantFrom(
        ...MINIMAL.trimEnd().split('\r\n'),
        'm=audio 9 RTP/AVP 0',
        'a=mid:0',
        'c=IN IP4 0.0.0.0',
        'b=AS:1',
        'k=x',
        'y=z',
      ),
      fc.string({ maxLength: 20 }),
      fc.tuple(fc.constantFrom(...'vosiuepcbtrzkamxy'), fc.string({ maxLength: 20 })).map(([type, value]) => `${type}=${value}`),
    );
    const text = fc
      .tuple(fc.boolean(), fc.array(line, { maxLength: 30 }), fc.constantFrom('\r\n', '\n'))
      .map(([whole, lines, end]) => (whole ? MINIMAL : '') + lines.join(end));
    fc.assert(
      fc.property(text, (sdp) => {
        const tree = parseSdp(sdp);
        if (!(tree instanceof SdpMalformed)) expect(parseSdp(formatSdp(tree))).toEqual(tree);
      }),
      { numRuns: 2_000 },
    );
  });

  test('S-73: names from the wire are values, never keys', () => {
    const tree = parsed(
      `${MINIMAL}a=__proto__:x\r\na=constructor\r\nm=audio 9 __proto__ __proto__\r\na=mid:__proto__\r\na=fmtp:1 __proto__=1\r\n`,
    );
    expect(attributeValue(tree, '__proto__')).toBe('x');
    expect(attributeValue(tree, 'toString')).toBeUndefined();
    expect(parseParameters('__proto__=1;__proto__=2').get('__proto__')).toBe('1');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('writing', () => {
  test('S-74: a value with a line break in it is refused, never written', () => {
    const tree = parsed(MINIMAL);
    for (const value of ['0\r\na=candidate:x', '0\na=x', 'x\ry', 'x\0']) {
      expect(() => formatSdp({ ...tree, attributes: [{ name: 'mid', value }] })).toThrow('no line break');
    }
  });

  test('replaced attributes stand where the first of their name stood', () => {
    const level: DescriptionLevel = {
      bandwidths: [],
      unknownLines: [],
      attributes: [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'b' }],
    };
    expect(
      replaceAttributes(level, 'b', [{ name: 'x' }, { name: 'y' }])
        .attributes.map(({ name }) => name)
        .join(''),
    ).toBe('axyc');
    expect(
      replaceAttributes(level, 'z', [{ name: 'z' }])
        .attributes.map(({ name }) => name)
        .join(''),
    ).toBe('abcbz');
  });
});

describe('attributes', () => {
  test('simulcast reads alternatives and paused streams (RFC 8853 §5.1)', () => {
    const simulcast = parseSimulcast('send 1,~4;2;~3 recv c')!;
    expect(simulcast.send[0]!.alternatives).toEqual([
      { rid: '1', paused: false },
      { rid: '4', paused: true },
    ]);
    expect(formatSimulcast(simulcast).value).toBe('send 1,~4;2;~3 recv c');
    for (const bad of ['', 'send', 'send ', 'send 1 send 2', 'send 1;;2', 'both 1', 'send 1 recv'])
      expect(parseSimulcast(bad)).toBeUndefined();
  });

  test('what is no such attribute is undefined, not a guess', () => {
    expect(parseFingerprint('sha-256')).toBeUndefined();
    expect(parseFingerprint('sha-256 AA:B')).toBeUndefined();
    expect(parseRtpMap('128 opus/48000')).toBeUndefined();
    expect(parseRtpMap('111 opus')).toBeUndefined();
    expect(parseMsid('a b c')).toBeUndefined();
    expect(parseSourceAttribute('4294967296 cname:x')).toBeUndefined();
    expect(parseSourceGroup('FID 1 x')).toBeUndefined();
    expect(parseExtensionMap('0 urn:x')).toBeUndefined();
    expect(parseRid('a b')).toBeUndefined();
  });

  test('the older sctpmap is understood, and a size that is missing is 64 KiB (RFC 8841 §6.1)', () => {
    const section = parsed(`${MINIMAL}m=application 9 DTLS/SCTP 5001\r\na=sctpmap:5001 webrtc-datachannel 1024\r\n`).media[0]!;
    expect(sctpParametersOf(section)).toEqual({ port: 5001, maxMessageSize: 65_536 });
  });

  test('no text makes a reader of attributes throw or take more than linear time', () => {
    const readers = [
      parseFingerprint,
      parseRtpMap,
      parseFmtp,
      parseRtcpFeedback,
      parseExtensionMap,
      parseSourceAttribute,
      parseSourceGroup,
      parseRid,
      parseSimulcast,
      parseMsid,
      parseParameters,
    ];
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const reader of readers) reader(text);
      }),
    );
    const startedAt = performance.now();
    for (const reader of readers)
      for (const piece of ['0', ' ', ';', 'aa:', '1 ', '~', '=']) reader(piece.repeat(50_000 / piece.length));
    expect(performance.now() - startedAt).toBeLessThan(300);
  });
});

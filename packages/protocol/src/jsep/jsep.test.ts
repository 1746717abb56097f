import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attributeValue,
  attributeValues,
  formatSdp,
  groupsOf,
  hasAttribute,
  parseSdp,
  SdpMalformed,
  type SessionTree,
} from '../sdp/index.js';
import {
  addCandidate,
  agreementOf,
  applyDescription,
  canTrickle,
  createAnswer,
  createOffer,
  dataOutcome,
  describeCandidates,
  JsepFault,
  type LocalTransport,
  lacksDataSection,
  mayApply,
  NEW_NEGOTIATION,
  type Negotiation,
  restartedSections,
  rollBack,
  type TransportOutcome,
  targetSections,
  transportOutcomes,
  verifyRemote,
} from './index.js';
import { wishesFor } from './testing/wishes.js';

const SILENT = { direction: 'inactive' } as const;
const DATA = { port: 5_000, maxMessageSize: 262_144 };
const transport = (ufrag: string, candidates: readonly string[] = [], role?: 'client' | 'server'): LocalTransport => ({
  ice: { ufrag, password: `${ufrag}-password-of-enough-length`.replaceAll('-', '/') },
  isIceLite: false,
  fingerprints: [{ algorithm: 'sha-256', value: 'AA:BB' }],
  role,
  tlsId: 'abcdefghijklmnopqrst',
  candidates,
  isGatheringComplete: candidates.length > 0,
});

function offer(negotiation: Negotiation = NEW_NEGOTIATION, ufrag = 'offe', version = 1): SessionTree {
  const media = negotiation.current ? wishesFor(negotiation.current.local.tree, SILENT) : [];
  return createOffer({
    identity: { id: '42', version },
    negotiation,
    media,
    data: DATA,
    bundlePolicy: 'max-bundle',
    transport: () => transport(ufrag),
  });
}

function answer(offered: SessionTree, ufrag = 'answ', role?: 'client' | 'server'): SessionTree {
  return createAnswer({
    identity: { id: '43', version: 1 },
    offer: offered,
    data: DATA,
    media: wishesFor(offered, SILENT),
    bundlePolicy: 'max-bundle',
    transport: () => transport(ufrag, [], role),
  });
}

/** The state of an offerer whose exchange is over. */
function agreed(offered: SessionTree, answered: SessionTree): Negotiation {
  const proposed = applyDescription(NEW_NEGOTIATION as Negotiation, 'local', { type: 'offer', tree: offered })!;
  return applyDescription(proposed, 'remote', { type: 'answer', tree: answered })!;
}

function parsed(text: string): SessionTree {
  const tree = parseSdp(text);
  if (tree instanceof SdpMalformed) throw new Error(tree.reason);
  return tree;
}

const vector = (name: string): SessionTree =>
  parsed(readFileSync(new URL(`../../vectors/sdp/${name}.sdp`, import.meta.url), 'utf8'));

describe('an offer', () => {
  test('of data channels has what RFC 8841 and RFC 9429 §5.2.1 ask for', () => {
    expect(formatSdp(offer()).split('\r\n')).toEqual([
      'v=0',
      'o=- 42 1 IN IP4 0.0.0.0',
      's=-',
      't=0 0',
      'a=group:BUNDLE 0',
      'a=ice-options:trickle ice2',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      'c=IN IP4 0.0.0.0',
      'a=ice-ufrag:offe',
      'a=ice-pwd:offe/password/of/enough/length',
      'a=fingerprint:sha-256 AA:BB',
      'a=setup:actpass',
      'a=tls-id:abcdefghijklmnopqrst',
      'a=mid:0',
      'a=sctp-port:5000',
      'a=max-message-size:262144',
      '',
    ]);
  });

  test('of nothing has no section', () => {
    const tree = createOffer({
      identity: { id: '1', version: 1 },
      negotiation: NEW_NEGOTIATION,
      media: [],
      data: undefined,
      bundlePolicy: 'balanced',
      transport: () => transport('offe'),
    });
    expect(tree.media).toEqual([]);
    expect(hasAttribute(tree, 'group')).toBe(false);
  });

  test('made again keeps section and mid', () => {
    const first = offer();
    const again = offer(agreed(first, answer(first)), 'offe', 2);
    expect(again).toEqual({ ...first, origin: { ...first.origin, sessionVersion: '2' } });
  });

  test('gives the place of a refused section to data, under a new mid (RFC 9429 §5.2.2)', () => {
    const first = offer();
    const refusal: SessionTree = { ...first, media: first.media.map((section) => ({ ...section, port: 0 })) };
    const again = offer(agreed(first, refusal));
    expect(again.media.map((section) => [section.kind, section.port, attributeValue(section, 'mid')])).toEqual([
      ['application', 9, '1'],
    ]);
  });

  test('by one who answered media keeps those sections, silent, and adds data behind them', () => {
    const theirs = vector('chromium-offer');
    const withoutData: SessionTree = {
      ...theirs,
      media: theirs.media.slice(0, 2),
      attributes: [{ name: 'group', value: 'BUNDLE 0 1' }],
    };
    const proposed = applyDescription(NEW_NEGOTIATION as Negotiation, 'remote', { type: 'offer', tree: withoutData })!;
    const stable = applyDescription(proposed, 'local', { type: 'answer', tree: answer(withoutData) })!;
    const ours = offer(stable);
    expect(ours.media.map((section) => [section.kind, section.port, attributeValue(section, 'mid')])).toEqual([
      ['audio', 9, '0'],
      ['video', 9, '1'],
      ['application', 9, '2'],
    ]);
    expect(groupsOf(ours, 'BUNDLE')[0]!.mids).toEqual(['0', '1', '2']);
    expect(hasAttribute(ours.media[0]!, 'inactive')).toBe(true);
  });
});

describe.each(['chromium-offer', 'chromium-nogum-offer-simulcast', 'firefox-offer', 'firefox-nogum-offer'])(
  'the answer to %s',
  (name) => {
    const theirs = vector(name);
    const ours = answer(theirs);

    test('accepts data and keeps media silent, all in one bundle', () => {
      expect(verifyRemote('offer', theirs, NEW_NEGOTIATION)).toBeUndefined();
      expect(ours.media.map(({ kind }) => kind)).toEqual(theirs.media.map(({ kind }) => kind));
      expect(groupsOf(ours, 'BUNDLE')).toEqual(groupsOf(theirs, 'BUNDLE'));
      for (const section of ours.media) {
        expect(section.port).toBe(9);
        expect(attributeValue(section, 'setup')).toBe('active');
        if (section.kind !== 'application') expect(hasAttribute(section, 'inactive')).toBe(true);
      }
      expect(ours.media[0]!.formats[0]).toBe(theirs.media[0]!.formats[0]);
    });

    test('is one that the offerer accepts', () => {
      const proposed: Negotiation = { name: 'have-local-offer', current: undefined, local: { type: 'offer', tree: theirs } };
      expect(verifyRemote('answer', ours, proposed)).toBeUndefined();
    });

    test('agrees on a transport and on data', () => {
      const agreement = { local: { type: 'answer', tree: ours }, remote: { type: 'offer', tree: theirs } } as const;
      const [outcome] = transportOutcomes(agreement) as [TransportOutcome];
      expect(outcome).toMatchObject({ index: 0, mid: '0', dtlsRole: 'client', isRemoteIceLite: false });
      expect(outcome.remoteIce.ufrag).toBe(attributeValue(theirs.media[0]!, 'ice-ufrag'));
      expect(outcome.remoteFingerprints).toHaveLength(1);
      expect(dataOutcome(agreement)).toMatchObject({ mid: '2', remotePort: 5_000 });
    });
  },
);

describe('an answer', () => {
  const media = (kind: string, mid: string, rest: string): string =>
    `m=${kind} 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:${mid}\r\na=rtcp-mux\r\n${rest}`;
  const transportLines =
    'a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AA:BB\r\na=setup:actpass\r\n';
  const data = (mid: string): string =>
    `m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:${mid}\r\na=sctp-port:5000\r\n${transportLines}`;
  const head = (group: string): string => `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n${group}`;

  test('refuses media of unknown codecs, and then the data section is the tag', () => {
    const theirs = parsed(
      head('a=group:BUNDLE 0 1\r\n') + media('audio', '0', `${transportLines}a=rtpmap:96 strange/8000\r\n`) + data('1'),
    );
    const ours = answer(theirs);
    expect(ours.media.map(({ port }) => port)).toEqual([0, 9]);
    expect(groupsOf(ours, 'BUNDLE')[0]!.mids).toEqual(['1']);
    expect(transportOutcomes({ local: { type: 'answer', tree: ours }, remote: { type: 'offer', tree: theirs } })).toMatchObject([
      { index: 1, mid: '1' },
    ]);
  });

  test('without BUNDLE refuses what cannot share the transport of data', () => {
    const theirs = parsed(head('') + media('audio', '0', `${transportLines}a=rtpmap:96 opus/48000/2\r\n`) + data('1'));
    const ours = answer(theirs);
    expect(ours.media.map(({ port }) => port)).toEqual([0, 9]);
    expect(hasAttribute(ours, 'group')).toBe(false);
  });

  test('to a bundle-only data section takes the transport from the tagged one (RFC 9143 §7.1.3)', () => {
    const bare =
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=bundle-only\r\na=sctp-port:5000\r\n';
    const theirs = parsed(
      head('a=group:BUNDLE 0 1\r\n') + media('audio', '0', `${transportLines}a=rtpmap:96 strange/8000\r\n`) + bare,
    );
    expect(verifyRemote('offer', theirs, NEW_NEGOTIATION)).toBeUndefined();
    const ours = answer(theirs);
    expect(ours.media.map(({ port }) => port)).toEqual([0, 9]);
    const [outcome] = transportOutcomes({ local: { type: 'answer', tree: ours }, remote: { type: 'offer', tree: theirs } });
    expect(outcome).toMatchObject({ index: 1, remoteIce: { ufrag: 'abcd' } });
    expect(outcome?.remoteFingerprints).toHaveLength(1);
  });

  test('speaks the older form of data sections to who does', () => {
    const theirs = parsed(
      `${head('')}m=application 9 DTLS/SCTP 5000\r\nc=IN IP4 0.0.0.0\r\na=mid:data\r\na=sctpmap:5000 webrtc-datachannel 1024\r\n${transportLines}`,
    );
    const [section] = answer(theirs).media;
    expect(section).toMatchObject({ protocol: 'DTLS/SCTP', formats: ['5000'] });
    expect(attributeValue(section!, 'sctpmap')).toBe('5000 webrtc-datachannel 65535');
  });

  test('has no mids where the offer has none', () => {
    const theirs = parsed(head('') + data('x').replace('a=mid:x\r\n', ''));
    const ours = answer(theirs);
    expect(hasAttribute(ours.media[0]!, 'mid')).toBe(false);
    expect(ours.media[0]!.port).toBe(9);
  });

  test('accepts one data section, not two', () => {
    const theirs = parsed(head('a=group:BUNDLE 0 1\r\n') + data('0') + data('1'));
    expect(answer(theirs).media.map(({ port }) => port)).toEqual([9, 0]);
  });

  test.each([
    ['actpass', undefined, 'active'],
    ['actpass', 'server', 'passive'],
    ['active', undefined, 'passive'],
    ['passive', undefined, 'active'],
  ] as const)('to setup:%s after having been %s says %s (RFC 8842 §5.3)', (offered, established, expected) => {
    const theirs = parsed(head('') + data('0').replace('actpass', offered));
    expect(attributeValue(answer(theirs, 'answ', established).media[0]!, 'setup')).toBe(expected);
  });
});

describe('the states of an exchange', () => {
  test('go where RFC 9429 §3.2 says, and nowhere else', () => {
    const tree = offer();
    const type = fc.constantFrom('offer', 'pranswer', 'answer', 'rollback');
    const step = fc.record({ side: fc.constantFrom('local', 'remote'), type });
    const legal: Record<string, string> = {
      'stable local offer': 'have-local-offer',
      'stable remote offer': 'have-remote-offer',
      'have-local-offer local offer': 'have-local-offer',
      'have-local-offer remote answer': 'stable',
      'have-local-offer remote pranswer': 'have-remote-pranswer',
      'have-remote-pranswer remote pranswer': 'have-remote-pranswer',
      'have-remote-pranswer remote answer': 'stable',
      'have-remote-offer remote offer': 'have-remote-offer',
      'have-remote-offer local answer': 'stable',
      'have-remote-offer local pranswer': 'have-local-pranswer',
      'have-local-pranswer local pranswer': 'have-local-pranswer',
      'have-local-pranswer local answer': 'stable',
      'have-local-offer rollback': 'stable',
      'have-remote-offer rollback': 'stable',
    };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let state: Negotiation = NEW_NEGOTIATION;
        for (const { side, type } of steps) {
          const key = type === 'rollback' ? `${state.name} rollback` : `${state.name} ${side} ${type}`;
          const next: Negotiation | undefined =
            type === 'rollback' ? rollBack(state) : applyDescription(state, side as 'local', { type: type as 'offer', tree });
          expect(next?.name).toBe(legal[key]);
          if (type !== 'rollback') expect(mayApply(state, side as 'local', type as 'offer')).toBe(next !== undefined);
          if (next && type === 'rollback') expect(next.current).toBe(state.current);
          state = next ?? state;
        }
      }),
    );
  });

  test('a provisional answer already agrees, and is no agreement to fall back to', () => {
    const offered = offer();
    const proposed = applyDescription(NEW_NEGOTIATION as Negotiation, 'local', { type: 'offer', tree: offered })!;
    const provisional = applyDescription(proposed, 'remote', { type: 'pranswer', tree: answer(offered) })!;
    expect(transportOutcomes(agreementOf(provisional)!)).toMatchObject([{ mid: '0', dtlsRole: 'server' }]);
    expect(provisional.current).toBeUndefined();
  });

  test('data that nothing agreed carries asks for negotiation', () => {
    const offered = offer();
    expect(lacksDataSection(NEW_NEGOTIATION)).toBe(true);
    expect(lacksDataSection(agreed(offered, answer(offered)))).toBe(false);
  });
});

describe('a remote description', () => {
  const good = offer();
  const text = formatSdp(good);
  const stable = (): Negotiation => agreed(good, answer(good));
  const fault = (sdp: string, type: 'offer' | 'answer' = 'offer', state: Negotiation = NEW_NEGOTIATION): string | undefined => {
    const found = verifyRemote(type, parsed(sdp), state);
    return found instanceof JsepFault ? found.reason : found;
  };
  const proposed: Negotiation = { name: 'have-local-offer', current: undefined, local: { type: 'offer', tree: good } };

  test.each([
    ['the same mid twice', text + text.slice(text.indexOf('m=')), 'jsep/mid-twice'],
    ['a mid that is no token', text.replace('a=mid:0', 'a=mid:0 1').replace(/a=group.*\r\n/, ''), 'jsep/mid'],
    ['a group of a mid that is not there', text.replace('BUNDLE 0', 'BUNDLE 0 7'), 'jsep/bundle-unknown-mid'],
    ['a mid in two groups', text.replace('a=group:BUNDLE 0', 'a=group:BUNDLE 0\r\na=group:BUNDLE 0'), 'jsep/bundle-twice'],
    ['S-30b: no fingerprint', text.replace(/a=fingerprint.*\r\n/, ''), 'jsep/no-fingerprint'],
    ['a fingerprint that is none', text.replace('AA:BB', 'AA:B'), 'jsep/fingerprint'],
    ['no ufrag', text.replace(/a=ice-ufrag.*\r\n/, ''), 'jsep/ice-parameters'],
    ['a ufrag of other characters', text.replace('offe', 'o$fe'), 'jsep/ice-parameters'],
    ['setup:holdconn', text.replace('actpass', 'holdconn'), 'jsep/setup'],
    ['an SCTP port beyond 65535', text.replace('sctp-port:5000', 'sctp-port:99999'), 'jsep/sctp'],
  ])('with %s is refused', (_what, sdp, reason) => {
    expect(fault(sdp)).toBe(reason);
  });

  test('S-73: mids like __proto__ are names like any other', () => {
    expect(fault(text.replace('a=mid:0', 'a=mid:__proto__').replace('BUNDLE 0', 'BUNDLE __proto__'))).toBeUndefined();
    const tree = parsed(text.replace('a=mid:0', 'a=mid:__proto__').replace('BUNDLE 0', 'BUNDLE __proto__'));
    expect(attributeValue(answer(tree).media[0]!, 'mid')).toBe('__proto__');
  });

  test('an answer must play the part that is left, section by section', () => {
    const answered = formatSdp(answer(good));
    expect(fault(answered, 'answer', proposed)).toBeUndefined();
    expect(fault(answered.replace('setup:active', 'setup:actpass'), 'answer', proposed)).toBe('jsep/setup');
    expect(fault(answered.replace(/a=setup.*\r\n/, ''), 'answer', proposed)).toBe('jsep/setup');
    expect(fault(answered.slice(0, answered.indexOf('m=')).replace(/a=group.*\r\n/, ''), 'answer', proposed)).toBe(
      'jsep/section-order',
    );
    expect(fault(answered.replace('m=application', 'm=audio'), 'answer', proposed)).toBe('jsep/section-order');
    expect(fault(answered.replaceAll('mid:0', 'mid:1').replace('BUNDLE 0', 'BUNDLE 1'), 'answer', proposed)).toBe(
      'jsep/section-order',
    );
  });

  test('a later offer keeps what was agreed in its place', () => {
    const again = formatSdp({ ...answer(good), media: answer(good).media }).replace('setup:active', 'setup:actpass');
    expect(fault(again, 'offer', stable())).toBeUndefined();
    expect(fault(again.slice(0, again.indexOf('m=')).replace(/a=group.*\r\n/, ''), 'offer', stable())).toBe(
      'jsep/sections-missing',
    );
    expect(
      fault(
        again.replace('m=application', 'm=audio').replace('UDP/DTLS/SCTP webrtc-datachannel', 'RTP/AVP 0'),
        'offer',
        stable(),
      ),
    ).toBe('jsep/section-order');
  });

  test('S-30f: another fingerprint needs another ICE generation', () => {
    const again = formatSdp(answer(good)).replace('setup:active', 'setup:actpass').replace('AA:BB', 'CC:DD');
    expect(fault(again, 'offer', stable())).toBe('jsep/fingerprint-changed');
    expect(fault(again.replace('answ', 'othr'), 'offer', stable())).toBeUndefined();
  });

  test('that describes a track twice cannot be carried out (RFC 8830 §2)', () => {
    const section =
      'm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=rtcp-mux\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AA:BB\r\na=setup:actpass\r\na=msid:s t\r\n';
    expect(
      verifyRemote('offer', parsed(text.slice(0, text.indexOf('a=group')) + section + section), NEW_NEGOTIATION),
    ).toMatchObject({ kind: 'operation' });
  });
});

describe('candidates', () => {
  const [host, reflexive] = [
    'candidate:1 1 udp 1 10.0.0.1 5000 typ host',
    'candidate:2 1 udp 1 192.0.2.1 6000 typ srflx raddr 0.0.0.0 rport 0',
  ];

  test('name the default destination in m= and c= (RFC 9429 §5.2.2)', () => {
    const tree = describeCandidates(offer(), '0', [host, reflexive], true);
    expect(tree.media[0]).toMatchObject({ port: 6000, connections: [{ address: '192.0.2.1' }] });
    expect(attributeValues(tree.media[0]!, 'candidate')).toHaveLength(2);
    expect(hasAttribute(tree.media[0]!, 'end-of-candidates')).toBe(true);
    const again = describeCandidates(tree, '0', [], false);
    expect(again.media[0]).toMatchObject({ port: 9, connections: [{ address: '0.0.0.0' }] });
    expect(formatSdp(describeCandidates(offer(), '0', ['candidate:1 1 udp 1 x.local 5000 typ host'], false))).toContain(
      'm=application 9 ',
    );
  });

  test('of the peer are written once, where they belong', () => {
    const once = addCandidate(offer(), 0, host.slice(10));
    expect(addCandidate(once, 0, host.slice(10))).toEqual(once);
    expect(targetSections(once, { mid: undefined, index: undefined, ufrag: undefined })).toEqual([{ index: 0, mid: '0' }]);
    expect(targetSections(once, { mid: '7', index: 0, ufrag: undefined })).toBeUndefined();
    expect(targetSections(once, { mid: undefined, index: 7, ufrag: undefined })).toBeUndefined();
  });

  test('may come one by one if either level says so', () => {
    const state = (tree: SessionTree): Negotiation => ({
      name: 'have-remote-offer',
      current: undefined,
      remote: { type: 'offer', tree },
    });
    expect(canTrickle(NEW_NEGOTIATION)).toBeUndefined();
    expect(canTrickle(state(offer()))).toBe(true);
    expect(canTrickle(state(vector('chromium-offer')))).toBe(true);
    expect(canTrickle(state({ ...offer(), attributes: [] }))).toBe(false);
  });

  test('of another generation come with other credentials', () => {
    expect(restartedSections(offer(), offer(NEW_NEGOTIATION, 'new1'))).toEqual([0]);
    expect(restartedSections(offer(), offer())).toEqual([]);
  });
});

test('no description that parses makes verification, answers or outcomes throw', () => {
  const lines = formatSdp(vector('chromium-offer')).split('\r\n').slice(4, -1);
  const text = fc
    .tuple(fc.shuffledSubarray(lines, { minLength: 0 }), fc.boolean())
    .map(
      ([some]) =>
        `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n${[...some].sort((a, b) => (a[0] === 'm' ? 1 : 0) - (b[0] === 'm' ? 1 : 0)).join('\r\n')}\r\n`,
    );
  const mixed = fc
    .array(fc.constantFrom(...lines), { maxLength: 40 })
    .map((some) => `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n${some.join('\r\n')}\r\n`);
  fc.assert(
    fc.property(fc.oneof(text, mixed), (sdp) => {
      const tree = parseSdp(sdp);
      if (tree instanceof SdpMalformed) return;
      verifyRemote('offer', tree, NEW_NEGOTIATION);
      const ours = answer(tree);
      const agreement = { local: { type: 'answer', tree: ours }, remote: { type: 'offer', tree } } as const;
      transportOutcomes(agreement);
      dataOutcome(agreement);
      expect(ours.media.length).toBe(tree.media.length);
      expect(parseSdp(formatSdp(ours))).toEqual(ours);
    }),
    { numRuns: 300 },
  );
});

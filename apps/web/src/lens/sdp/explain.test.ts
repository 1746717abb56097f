import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareDescriptions } from './differences.js';
import { explainLine } from './explain.js';
import { UNKNOWN_PARAMETER } from './explain-codecs.js';
import { splitSdp } from './line.js';
import { groupLines } from './tree.js';

const FOLDER = join(import.meta.dirname, '../../../../../packages/protocol/vectors/sdp');
const CAPTURES = readdirSync(FOLDER).filter((name) => /^(chromium|firefox)-.*\.sdp$/.test(name));
const read = (name: string) => splitSdp(readFileSync(join(FOLDER, name), 'utf8'));
const line = (text: string, kind = 'audio') => {
  const sections = splitSdp(`v=0\r\nm=${kind} 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtpmap:96 VP8/90000\r\n${text}\r\n`);
  const section = sections[1]!;
  return explainLine(section.lines.at(-1)!, section);
};

test('there are captures of both browsers', () => {
  expect(CAPTURES.length).toBeGreaterThanOrEqual(12);
});

describe.each(CAPTURES)('%s', (name) => {
  test('has no line that we cannot explain, in either language', () => {
    const unexplained: string[] = [];
    for (const section of read(name))
      for (const each of section.lines) {
        const explanation = explainLine(each, section);
        if (!explanation?.meaning.en || !explanation.meaning.ko || !explanation.standard) unexplained.push(each.text);
        for (const part of explanation?.parts ?? [])
          if (part.meaning === UNKNOWN_PARAMETER || !part.meaning.ko || !part.text)
            unexplained.push(`${each.text} (${part.text})`);
      }
    expect(unexplained).toEqual([]);
  });

  test('loses no line by grouping', () => {
    for (const section of read(name)) {
      const numbers = groupLines(section).flatMap((group) => group.lines.map((each) => each.number));
      expect(numbers.sort((a, b) => a - b)).toEqual(section.lines.map((each) => each.number));
      expect(groupLines(section)[0]?.topic).toBe('head');
    }
  });
});

test('a parameter names the codec it repairs', () => {
  expect(line('a=fmtp:97 apt=96')?.parts?.[0]?.meaning.en).toContain('VP8');
});

test('a relayed candidate with its related address is taken apart', () => {
  const explanation = line(
    'a=candidate:1 1 udp 41819903 203.0.113.10 50000 typ relay raddr 192.0.2.1 rport 3000 generation 0 network-cost 10',
  );
  expect(explanation?.term).toBe('candidate (relay)');
  expect(explanation?.parts?.map((part) => part.text)).toEqual([
    '1',
    '1',
    'udp',
    '41819903',
    '203.0.113.10',
    '50000',
    'relay',
    'raddr 192.0.2.1',
    'rport 3000',
    'generation 0',
    'network-cost 10',
  ]);
});

test.each(['a=made-up:1', 'a=candidate:nonsense', 'x=1', 'a=rtpmap:96 Nothing/8000', 'garbage', 'a=', '='])(
  'what nobody can explain stays unexplained and does not throw: %s',
  (text) => {
    expect(line(text)).toBeUndefined();
  },
);

describe('offer and answer', () => {
  const offer = read('chromium-offer.sdp');
  const answer = read('chromium-answer.sdp');
  const standings = compareDescriptions(offer, answer);
  const standingOf = (sections: typeof offer, text: string) => {
    const found = sections.flatMap((section) => section.lines).find((each) => each.text.startsWith(text));
    return found && standings.get(found);
  };

  test('every line has a standing', () => {
    for (const each of [...offer, ...answer].flatMap((section) => section.lines)) expect(standings.has(each)).toBe(true);
  });
  test('a codec that both have is agreed', () => {
    expect(standingOf(offer, 'a=rtpmap:111 ')).toEqual({ name: 'agreed' });
  });
  test('keys and addresses are each side’s own', () => {
    expect(standingOf(offer, 'a=fingerprint')).toEqual({ name: 'own' });
    expect(standingOf(answer, 'a=ice-ufrag')).toEqual({ name: 'own' });
  });
  test('the DTLS role is changed by the answer', () => {
    expect(standingOf(offer, 'a=setup')).toEqual({ name: 'changed', other: 'a=setup:active' });
  });
  test('sendonly and recvonly agree, sendrecv and recvonly do not', () => {
    const judge = (a: string, b: string) => {
      const left = splitSdp(`v=0\nm=audio 9 X 0\na=${a}`);
      return compareDescriptions(left, splitSdp(`v=0\nm=audio 9 X 0\na=${b}`)).get(left[1]!.lines[1]!)?.name;
    };
    expect(judge('sendonly', 'recvonly')).toBe('agreed');
    expect(judge('sendrecv', 'recvonly')).toBe('changed');
  });
  test('what only one of them has is left out or added', () => {
    const left = splitSdp('v=0\nm=audio 9 X 0 8\na=rtpmap:8 PCMA/8000');
    const right = splitSdp('v=0\nm=audio 9 X 0\na=ptime:20');
    const both = compareDescriptions(left, right);
    expect(both.get(left[1]!.lines[1]!)?.name).toBe('left-out');
    expect(both.get(right[1]!.lines[1]!)?.name).toBe('added');
    expect(both.get(left[1]!.lines[0]!)?.name).toBe('changed');
  });
});

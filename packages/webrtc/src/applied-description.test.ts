import { addCandidate } from '@maru/protocol/jsep';
import { parseSdp, type SessionTree } from '@maru/protocol/sdp';
import { expect, test } from 'vitest';
import { AppliedDescription } from './applied-description.js';

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=mid:0',
  'x=unknown to us',
  '',
].join('\r\n');
const CANDIDATE = '1 1 udp 2113937151 192.0.2.1 5000 typ host';

test('a description keeps the text that it was made with, to the letter, whatever becomes of its tree', () => {
  const tree = parseSdp(SDP) as SessionTree;
  const description = new AppliedDescription('offer', tree, SDP);
  description.forgetTree();
  expect(description.object.sdp).toBe(SDP);
  expect(description.tree).toEqual(tree);
});

test('what is added is in the text when that is read, and in the tree that is read from it', () => {
  const description = new AppliedDescription('offer', parseSdp(SDP) as SessionTree, SDP);
  description.forgetTree();
  description.rewrite(addCandidate(description.tree, 0, CANDIDATE));
  const added = description.tree;
  expect(description.object.sdp).toContain(`a=candidate:${CANDIDATE}\r\n`);
  description.forgetTree();
  expect(description.tree).toEqual(added);
  expect(description.object.toJSON()).toEqual({ type: 'offer', sdp: description.object.sdp });
});

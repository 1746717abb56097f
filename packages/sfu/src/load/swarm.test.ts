import { afterEach, expect, test } from 'vitest';
import { MediaServer } from '../media-server/media-server.js';
import { MediaRefusal } from '../media-server/refusal.js';
import type { LightPeer } from './light-peer.js';
import { Swarm } from './swarm.js';

let server: MediaServer | undefined;
let swarms: Swarm[] = [];

const newSwarm = (...[options]: [ConstructorParameters<typeof Swarm>[1]?]): Swarm => {
  const swarm = new Swarm('127.0.0.1', options);
  swarms.push(swarm);
  return swarm;
};

afterEach(async () => {
  for (const swarm of swarms) swarm.end();
  swarms = [];
  await server?.close();
  server = undefined;
});

test('light peers connect as others do: many of them, in one thread', async () => {
  const hall = await MediaServer.start({ workers: 0, addresses: [{ bind: '127.0.0.1' }] });
  server = hall;
  const swarm = newSwarm();
  const connect = async (name: string): Promise<LightPeer> => {
    const participant = hall.join({
      session: 'hall',
      connection: name,
      permissions: { publish: false, subscribe: true, data: false },
      onEvent: () => {},
    });
    if (participant instanceof MediaRefusal) throw new Error(participant.detail);
    const peer = swarm.add([{ kind: 'audio' }, { kind: 'video' }]);
    const answer = await participant.offer({ sdp: peer.offer(), media: [] });
    if (answer instanceof MediaRefusal) throw new Error(answer.detail);
    await swarm.answer(peer, answer.sdp);
    return peer;
  };
  const peers = await Promise.all(Array.from({ length: 10 }, (_, i) => connect(`peer ${i}`)));
  expect(peers.every(({ state, address }) => state === 'connected' && address >= 0)).toBe(true);
});

test('who offers is answered, too: two light peers connect with each other, under the one cipher that both have', async () => {
  const swarm = newSwarm();
  const other = newSwarm({ srtpProfiles: ['SRTP_AES128_CM_HMAC_SHA1_80'] });
  const offering = swarm.add([{ kind: 'audio' }, { kind: 'video', ssrc: 7 }]);
  const accepting = other.add([]);
  const { answer, isConnected } = other.accept(accepting, offering.offer());
  await Promise.all([swarm.answer(offering, answer), isConnected]);
  expect([offering.profile, accepting.profile]).toEqual(['SRTP_AES128_CM_HMAC_SHA1_80', 'SRTP_AES128_CM_HMAC_SHA1_80']);
});

/** As Janus 1.1.2 offers a publisher's two streams to a subscriber of its videoroom, with other addresses and secrets. */
const JANUS_OFFER = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=VideoRoom 1',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`,
  'a=msid-semantic: WMS *',
  'a=ice-lite',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 127.0.0.1',
  'a=sendonly',
  'a=mid:0',
  'a=rtcp-mux',
  'a=ice-ufrag:jegK',
  'a=ice-pwd:khy+TbqqDflA8SDuXWFPxe',
  'a=setup:actpass',
  'a=rtpmap:111 opus/48000/2',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=ssrc:3778545764 cname:janus',
  'a=candidate:1 1 udp 2015363327 127.0.0.1 9 typ host',
  'a=end-of-candidates',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
  'c=IN IP4 127.0.0.1',
  'a=sendonly',
  'a=mid:1',
  'a=rtcp-mux',
  'a=ice-ufrag:jegK',
  'a=ice-pwd:khy+TbqqDflA8SDuXWFPxe',
  'a=setup:actpass',
  'a=rtpmap:96 VP8/90000',
  'a=rtcp-fb:96 nack',
  'a=rtcp-fb:96 nack pli',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=ssrc:323477076 cname:janus',
  '',
].join('\r\n');

test('an answer takes all that is offered, sends nothing, begins the handshake and says where it is', () => {
  const swarm = newSwarm();
  const { answer } = swarm.accept(swarm.add([]), JANUS_OFFER);
  const [session, audio, video] = answer.split(/(?=^m=)/m);
  expect(session).toContain('a=group:BUNDLE 0 1\r\n');
  expect(audio).toMatch(/^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 111\r\n/);
  expect(video).toMatch(/^m=video \d+ UDP\/TLS\/RTP\/SAVPF 96 97\r\n/);
  for (const section of [audio, video]) {
    expect(section).toContain('a=recvonly\r\n');
    expect(section).toContain('a=setup:active\r\n');
  }
  expect(audio).toMatch(/a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 \d+ typ host\r\na=end-of-candidates\r\n/);
});

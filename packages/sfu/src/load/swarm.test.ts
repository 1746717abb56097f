import { afterEach, expect, test } from 'vitest';
import { MediaServer } from '../media-server/media-server.js';
import { MediaRefusal } from '../media-server/refusal.js';
import type { LightPeer } from './light-peer.js';
import { Swarm } from './swarm.js';

let server: MediaServer;
let swarm: Swarm;

afterEach(async () => {
  swarm.end();
  await server.close();
});

test('light peers connect as others do: many of them, in one thread', async () => {
  server = await MediaServer.start({ workers: 0, addresses: [{ bind: '127.0.0.1' }] });
  swarm = new Swarm('127.0.0.1');
  const connect = async (name: string): Promise<LightPeer> => {
    const participant = server.join({
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

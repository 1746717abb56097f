// The server of the whole-SFU benchmark, in a process of its own: sessions, ICE, DTLS, router, sockets, all in one thread.
import { MediaRefusal, MediaServer } from '@maru/sfu';

const [kind, host = '127.0.0.1'] = process.argv.slice(2);
const server = await MediaServer.start({
  workers: 0,
  driver: kind,
  addresses: [{ bind: host }],
  limits: { publisherBps: 2e9, publisherPacketsPerSecond: 1e6, participantsPerWorker: 10_000, participantsPerSession: 10_000 },
});
const participants = new Map();
const RETRY_MS = 100;

/** Joins, and waits where the server has too much to do at the moment. */
async function joined(connection, permissions) {
  for (;;) {
    const participant = server.join({ session: 'hall', connection, permissions, onEvent() {} });
    if (!(participant instanceof MediaRefusal)) return participant;
    if (participant.code !== 'media/worker-overloaded') throw new Error(participant.detail);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

const commands = {
  async join({ connection, sdp, media, publishes, subscribes = !publishes }) {
    const permissions = { publish: publishes, subscribe: subscribes, data: false };
    const participant = await joined(connection, permissions);
    participants.set(connection, participant);
    if (publishes) participant.publish({ stream: connection, hasAudio: true, hasVideo: true });
    const answer = await participant.offer({ sdp, media });
    if (answer instanceof MediaRefusal) throw new Error(answer.detail);
    return answer;
  },
  /** Subscribers who come at the same time: their answers. */
  async joins({ people }) {
    const answers = await Promise.all(people.map((one) => commands.join({ ...one, media: [], publishes: false })));
    return answers.map(({ sdp }) => sdp);
  },
  leaves({ connections }) {
    for (const connection of connections) {
      participants.get(connection).close();
      participants.delete(connection);
    }
    return {};
  },
  memory() {
    globalThis.gc?.();
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    return { rss, heapUsed, external, arrayBuffers };
  },
  view({ connection, tiles }) {
    participants.get(connection).view(tiles);
    return {};
  },
  /** All leave. */
  clear() {
    for (const participant of participants.values()) participant.close();
    participants.clear();
    return {};
  },
};

process.on('message', async ({ command, ...options }) => process.send({ result: await commands[command](options) }));
process.once('disconnect', () => process.exit());
process.send({ result: 'ready' });

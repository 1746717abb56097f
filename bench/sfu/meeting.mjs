// A meeting with simulcast in the whole media server: everyone sends three layers and sees everyone else, one of them large.
import { LOAD_CPU, Process, SERVER_CPU } from './processes.mjs';

/** Until layers have been chosen, and key frames have come. */
const WARM_MS = 10_000;

async function measureMeeting(kind, { people, seconds }) {
  const server = await Process.start('hall.mjs', [kind], SERVER_CPU);
  const load = await Process.start('meeting-crowd.mjs', [], LOAD_CPU);
  try {
    for (let i = 0; i < people; i++) {
      const connection = `person ${i}`;
      const { sdp, media } = await load.ask('offer', { others: people - 1 });
      const named = media.map((entry) => ({ ...entry, stream: connection }));
      const answer = await server.ask('join', { connection, sdp, media: named, publishes: true, subscribes: true });
      await load.ask('answer', { sdp: answer.sdp });
    }
    for (let i = 0; i < people; i++) {
      const tiles = Array.from({ length: people }, (_, other) => other)
        .filter((other) => other !== i)
        .map((other) => {
          const isLarge = other === (i + 1) % people;
          const [width, height] = isLarge ? [1_280, 720] : [320, 180];
          return { stream: `person ${other}`, width, height, visible: true, priority: isLarge ? 2 : 1 };
        });
      await server.ask('view', { connection: `person ${i}`, tiles });
    }
    await load.ask('run', { ms: WARM_MS });
    const before = [server.cpuUs, load.cpuUs];
    const run = await load.ask('run', { ms: seconds * 1_000 });
    const [serverUs, loadUs] = [server.cpuUs - before[0], load.cpuUs - before[1]];
    return {
      packetsIn: (run.sent / run.wallMs) * 1_000,
      packetsPerSecond: (run.received / run.wallMs) * 1_000,
      megabitsEach: (run.bytes * 8) / 1_000 / run.wallMs / people,
      videoStreamsEach: run.videoStreams / people,
      cpuUs: serverUs / run.received,
      coreShare: serverUs / 1_000 / run.wallMs,
      lossPercent: (run.lost / (run.received + run.lost)) * 100,
      loadUs: loadUs / run.received,
    };
  } finally {
    await load.end();
    await server.end();
  }
}

export async function meetingTable(servers, options) {
  const rows = [];
  for (const server of servers) rows.push({ server, people: options.people, ...(await measureMeeting(server, options)) });
  return {
    name: 'sfu-meeting',
    workload: `a meeting of ${options.people} in the whole media server, one thread: each sends audio and three layers of VP8 (0.14, 0.5 and 1.4 Mbit/s), hears all others and sees them, one at 1280x720, the rest at 320x180`,
    columns: {
      server: 'driver',
      people: 'people',
      packetsIn: 'packets/s in',
      packetsPerSecond: 'packets/s out',
      megabitsEach: 'Mbit/s to each',
      videoStreamsEach: 'pictures each',
      cpuUs: 'CPU us/packet out',
      coreShare: 'of a core',
      lossPercent: 'lost %',
      loadUs: 'load us/packet',
    },
    rows,
    notes: ['Key frames come every two seconds by themselves: the publishers of this load hear no requests.'],
  };
}

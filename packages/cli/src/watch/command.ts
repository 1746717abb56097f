import { mkdir } from 'node:fs/promises';
import type { RemoteStream } from '@maru/client';
import { recordableCodecs, Speaker } from '@maru/media';
import { streamFigures } from '../session/figures.js';
import { HallSession, type HallSessionHooks } from '../session/hall-session.js';
import { nodeTrack } from '../session/node-environment.js';
import { Ending, reasonOf, type SessionIo, Teller } from '../session/session-command.js';
import { type Destination, readWatchOptions, WATCH_USAGE, type WatchOptions } from './options.js';
import { Recordings } from './recordings.js';
import { type WatchedMember, watchScreen } from './screen.js';

const FIGURES_MS = 1_000;

/** Runs `maru watch`. Exit status: 0 it is over in good order, 1 it failed, 2 wrong usage. */
export async function watchCommand(argv: readonly string[], io: SessionIo): Promise<0 | 1 | 2> {
  const options = readWatchOptions(argv);
  if (options === 'help') {
    io.out(WATCH_USAGE);
    return 0;
  }
  if ('wrong' in options) {
    io.err(`maru watch: ${options.wrong}\n\n${WATCH_USAGE}`);
    return 2;
  }
  const teller = new Teller(io, options.session.isJson);
  const ending = new Ending();
  const fail = (error: unknown): void => {
    teller.tell('error', { detail: reasonOf(error) }, `maru watch: ${reasonOf(error)}`);
    ending.end(1);
  };
  const recordings = new Recordings(options.destination, teller, fail);
  let speaker: Speaker | undefined;
  try {
    if (options.destination.type === 'folder') await mkdir(options.destination.path, { recursive: true });
    if (options.isHeard) speaker = await Speaker.open({ onError: fail });
    const hall = await join(options, recordings, new Heard(speaker), teller, ending, fail);
    return await untilEnded(hall, recordings, speaker, teller, ending, io);
  } catch (error) {
    speaker?.close();
    fail(error);
    return 1;
  }
}

function join(
  { session, destination }: WatchOptions,
  recordings: Recordings,
  heard: Heard,
  teller: Teller,
  ending: Ending,
  fail: (error: unknown) => void,
): Promise<HallSession> {
  const hooks: HallSessionHooks = {
    joined: (id) => {
      teller.tell('joined', { session: id }, `In the session ${id}, as ${session.name}. Ctrl-C leaves.`);
      ending.after(session.seconds);
    },
    streamChanged: (member, stream) => {
      recordings.follow(member, stream);
      heard.follow(stream);
    },
    streamEnded: (stream) => {
      recordings.end(stream.id);
      heard.end(stream.id);
    },
    mediaChanged: (media) => teller.media(media),
    carrying: (isCarrying) => teller.line(isCarrying),
    ended: (code, detail) => (code === undefined ? ending.end(0) : fail(new Error(`${detail} (${code})`))),
  };
  const videoCodecs = codecsOf(destination);
  return HallSession.join({ ...session, wantsOthers: true, ...(videoCodecs && { videoCodecs }) }, hooks);
}

/** What files have a place for; anything where none is written. */
function codecsOf(destination: Destination): ReadonlySet<string> | undefined {
  if (destination.type === 'none') return undefined;
  return recordableCodecs(destination.type === 'file' ? destination.path : `stream${destination.ending}`);
}

/** Whose sound is played. */
class Heard {
  private readonly byStream = new Map<string, { readonly track: MediaStreamTrack; stop(): void }>();

  constructor(private readonly speaker: Speaker | undefined) {}

  follow({ id, audioTrack }: RemoteStream): void {
    if (!this.speaker || this.byStream.get(id)?.track === audioTrack) return;
    this.end(id);
    if (audioTrack) this.byStream.set(id, { track: audioTrack, stop: this.speaker.play(nodeTrack(audioTrack)) });
  }

  end(stream: string): void {
    this.byStream.get(stream)?.stop();
    this.byStream.delete(stream);
  }
}

async function untilEnded(
  hall: HallSession,
  recordings: Recordings,
  speaker: Speaker | undefined,
  teller: Teller,
  ending: Ending,
  io: SessionIo,
): Promise<0 | 1> {
  const startMs = performance.now();
  const showing = setInterval(() => show(hall, recordings, teller, startMs), FIGURES_MS);
  const end = async (): Promise<void> => {
    clearInterval(showing);
    speaker?.close();
    await recordings.close();
    await hall.leave();
    teller.ended();
  };
  let ended: Promise<void> | undefined;
  io.onStop(() => {
    ending.end(0);
    return (ended ??= end());
  });
  const status = await ending.status;
  await (ended ??= end());
  return status;
}

function show({ call, members }: HallSession, recordings: Recordings, teller: Teller, startMs: number): void {
  const stats = call.stats();
  const watched: WatchedMember[] = [];
  for (const { id, name, connection } of members.values()) {
    const { path, streams: published } = connection;
    const streams = streamFigures(stats.connections.get(id), 'receiving');
    watched.push({ name, state: path.state, streams, recordings: recordings.of(published.keys()) });
    teller.figures({ member: id, name, state: path.state, streams });
  }
  teller.show(watchScreen(watched, performance.now() - startMs));
}

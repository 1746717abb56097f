import { mkdir } from 'node:fs/promises';
import { recordableCodecs, Speaker } from '@maru/media';
import { FiguresReader } from '../session/figures.js';
import { HallSession, type HallSessionHooks, type Member } from '../session/hall-session.js';
import type { IncomingTrack } from '../session/pair.js';
import { Ending, reasonOf, type SessionIo, Teller, VERSION } from '../session/session-command.js';
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
    incoming: (member, tracks) => {
      recordings.follow(member, tracks);
      heard.follow(member, tracks);
    },
    carrying: (isCarrying) => teller.line(isCarrying),
    memberLeft: (member) => {
      recordings.leave(member.id);
      heard.follow(member, []);
    },
    ended: (code, detail) => (code === undefined ? ending.end(0) : fail(new Error(`${detail} (${code})`))),
  };
  const videoCodecs = codecsOf(destination);
  return HallSession.join({ ...session, version: VERSION, wantsOthers: true, ...(videoCodecs && { videoCodecs }) }, hooks);
}

/** What files have a place for; anything where none is written. */
function codecsOf(destination: Destination): ReadonlySet<string> | undefined {
  if (destination.type === 'none') return undefined;
  return recordableCodecs(destination.type === 'file' ? destination.path : `stream${destination.ending}`);
}

/** Whose sound is played. */
class Heard {
  private readonly stops = new Map<string, { readonly member: string; stop(): void }>();

  constructor(private readonly speaker: Speaker | undefined) {}

  follow({ id: member }: Member, tracks: readonly IncomingTrack[]): void {
    if (!this.speaker) return;
    const sounding = new Map(tracks.filter(({ track }) => track.kind === 'audio').map(({ track }) => [track.id, track]));
    for (const [id, { member: of, stop }] of this.stops) {
      if (of !== member || sounding.has(id)) continue;
      stop();
      this.stops.delete(id);
    }
    for (const [id, track] of sounding) if (!this.stops.has(id)) this.stops.set(id, { member, stop: this.speaker.play(track) });
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
  const readers = new Map<string, FiguresReader>();
  const startMs = performance.now();
  const showing = setInterval(() => void show(hall, readers, recordings, teller, startMs), FIGURES_MS);
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

async function show(
  hall: HallSession,
  readers: Map<string, FiguresReader>,
  recordings: Recordings,
  teller: Teller,
  startMs: number,
): Promise<void> {
  const watched: WatchedMember[] = [];
  for (const { id, name, pair } of hall.members.values()) {
    const reader = readers.get(id) ?? new FiguresReader();
    readers.set(id, reader);
    const streams = await reader.read(pair.connection, 'inbound');
    const state = pair.connection.connectionState;
    watched.push({ name, state, streams, recordings: recordings.of(id) });
    teller.figures({ member: id, name, state, streams });
  }
  teller.show(watchScreen(watched, performance.now() - startMs));
}

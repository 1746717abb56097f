import type { ConnectionStats } from '@maru/client';
import { figuresLine, streamFigures } from '../session/figures.js';
import { HallSession, type HallSessionHooks } from '../session/hall-session.js';
import { Ending, reasonOf, type SessionIo, Teller } from '../session/session-command.js';
import { PUBLISH_USAGE, type PublishOptions, readPublishOptions } from './options.js';
import { openSource, type Published } from './published.js';

const FIGURES_MS = 1_000;
/** In place of a person's id, where media goes up once for all. */
const SERVER = 'server';

/** Runs `maru publish`. Exit status: 0 it is over in good order, 1 it failed, 2 wrong usage. */
export async function publishCommand(argv: readonly string[], io: SessionIo): Promise<0 | 1 | 2> {
  const options = readPublishOptions(argv);
  if (options === 'help') {
    io.out(PUBLISH_USAGE);
    return 0;
  }
  if ('wrong' in options) {
    io.err(`maru publish: ${options.wrong}\n\n${PUBLISH_USAGE}`);
    return 2;
  }
  const teller = new Teller(io, options.session.isJson);
  const ending = new Ending();
  const fail = (error: unknown): void => {
    teller.tell('error', { detail: reasonOf(error) }, `maru publish: ${reasonOf(error)}`);
    ending.end(1);
  };
  let published: Published | undefined;
  try {
    const warn = (detail: string): void => teller.tell('warning', { detail }, detail);
    published = await openSource(options.source, fail, warn);
    const hall = await join(options, published, teller, ending, fail);
    return await untilEnded(hall, published, teller, ending, io);
  } catch (error) {
    published?.stop();
    fail(error);
    return 1;
  }
}

function join(
  { session, source }: PublishOptions,
  { tracks, run }: Published,
  teller: Teller,
  ending: Ending,
  fail: (error: unknown) => void,
): Promise<HallSession> {
  const hooks: HallSessionHooks = {
    joined: (id) => {
      teller.tell('joined', { session: id }, `In the session ${id}, as ${session.name}. Ctrl-C leaves.`);
      ending.after(session.seconds);
      void run().then(() => ending.end(0), fail);
    },
    memberJoined: ({ id, name }) => teller.tell('member-joined', { id, name }, `${name} is here.`),
    memberLeft: ({ id, name }) => teller.tell('member-left', { id, name }, `${name} has left.`),
    mediaChanged: (media) => teller.media(media),
    carrying: (isCarrying) => teller.line(isCarrying),
    ended: (code, detail) => (code === undefined ? ending.end(0) : fail(new Error(`${detail} (${code})`))),
  };
  const publish = {
    kind: source.type === 'screen' ? ('screen' as const) : ('camera' as const),
    tracks,
    asIs: source.type === 'file',
  };
  return HallSession.join({ ...session, wantsOthers: false, publish }, hooks);
}

async function untilEnded(
  hall: HallSession,
  published: Published,
  teller: Teller,
  ending: Ending,
  io: SessionIo,
): Promise<0 | 1> {
  const showing = setInterval(() => show(hall, teller), FIGURES_MS);
  const end = async (): Promise<void> => {
    clearInterval(showing);
    published.stop();
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

function show({ call, members }: HallSession, teller: Teller): void {
  const stats = call.stats();
  const lines: string[] = [];
  const tell = (member: string, name: string, state: string, way: ConnectionStats | undefined): void => {
    const streams = streamFigures(way, 'sending');
    lines.push(`→ ${name}  ${streams.map(figuresLine).join(' · ') || state}`);
    teller.figures({ member, name, state, streams });
  };
  if (stats.server) tell(SERVER, 'the media server', call.media.stage, stats.server);
  for (const { id, name, connection } of members.values()) {
    const { path } = connection;
    if (path.kind !== 'server') tell(id, name, path.state, stats.connections.get(id));
  }
  teller.show(lines.length > 0 ? lines : ['Nobody else is here.']);
}

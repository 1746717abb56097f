import type { Connection, PublishedStream } from '@maru/signaling/rest';
import type { Browser, Tab } from './browser.js';
import { markOf } from './burnt-camera.js';
import { hidePage, LISTENER } from './frugal-page.js';
import { Person } from './person.js';
import type { Rest } from './rest.js';
import type { MaruServer } from './server.js';
import { showsMark, type TileSights, tileSights, watchTiles } from './tile-watch.js';

/** Somebody of a {@link Meeting}, with what stands in the pictures of their camera. */
export interface Attendee {
  readonly person: Person;
  readonly tab: Tab;
  readonly mark: number;
}

/** A hall whose people have cameras that say whose they are. */
export class Meeting {
  readonly attendees = new Map<string, Attendee>();

  private constructor(
    readonly hall: string,
    private readonly mode: 'p2p' | 'sfu' | 'auto',
    private readonly server: MaruServer,
    private readonly rest: Rest,
  ) {}

  static async open(server: MaruServer, rest: Rest, mode: 'p2p' | 'sfu' | 'auto'): Promise<Meeting> {
    const { pathname } = new URL(await server.hall(mode));
    return new Meeting(pathname.replace('/h/', ''), mode, server, rest);
  }

  /** Somebody comes in, at the address of the server that is theirs; whoever listens has a camera alone. */
  async enter(name: string, browser: Browser, { origin = this.server.url, listens = false } = {}): Promise<Attendee> {
    const tab = await browser.newTab();
    await tab.setViewport(560, 400);
    const person = new Person(name, tab);
    await person.enter(`${origin}/h/${this.hall}?mode=${this.mode}${listens ? `&${LISTENER}` : ''}`);
    await hidePage(tab);
    const attendee = { person, tab, mark: await markOf(tab) };
    this.attendees.set(name, attendee);
    return attendee;
  }

  /** All others are there and are watched from now on; screens that are shared have tiles, too. */
  async watch(attendee: Attendee, screens = 0): Promise<void> {
    await attendee.person.sees(this.attendees.size - 1 + screens);
    await watchTiles(attendee.tab);
  }

  /** Somebody says goodbye, and closes the page. */
  async leave(name: string): Promise<void> {
    const attendee = this.attendees.get(name);
    this.attendees.delete(name);
    await attendee?.person.leave();
    await attendee?.tab.close();
  }

  /** What somebody has seen of whom since the last time. */
  sights({ tab }: Attendee): Promise<TileSights> {
    return tileSights(tab);
  }

  /** What everybody has seen since the last time, by their names. */
  async allSights(): Promise<Map<string, TileSights>> {
    const all = [...this.attendees].map(async ([name, one]) => [name, await this.sights(one)] as const);
    return new Map(await Promise.all(all));
  }

  /** Whether pictures of everybody else go on at `name`, each in their own tile, and there are no other tiles. */
  isEverybodySeen(name: string, { tiles }: TileSights): boolean {
    const others = [...this.attendees].filter(([other]) => other !== name);
    return Object.keys(tiles).length === others.length && others.every(([other, { mark }]) => showsMark(tiles[other], mark));
  }

  /** Everybody as the server knows them, by their names. */
  connections(): Promise<Map<string, Connection>> {
    return this.rest.people(this.hall);
  }

  /** In a few words, what somebody gets of whom and what limits it: for complaints. */
  async whyOf(name: string): Promise<string> {
    const { id } = (await this.connections()).get(name)!;
    const pictures = (await this.rest.why(this.hall, id)).filter(({ track }) => track === 'video');
    return JSON.stringify(pictures.map(({ history: _, ...why }) => why));
  }

  /** Everything that is published, as the server knows it. */
  streams(): Promise<PublishedStream[]> {
    return this.rest.streams(this.hall);
  }
}

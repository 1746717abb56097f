// Janus with its videoroom in the place of the media server: the same load, the same cores, and joins in Janus's own order, in which it is
// the server that offers.
import { SERVER_CPU } from '../processes.mjs';
import { Hall, startCrowd } from '../server.mjs';
import { JanusApi } from './api.mjs';
import { attach, createRoom, detach, publish, roomExists, start, subscribe } from './messages.mjs';
import { JanusProcess } from './process.mjs';

/** Of a subscriber: attach, join, start, detach. */
const REQUESTS = 4;
/** So many are asked to see what they cost, as many at a time as subscribers come together. */
const [ROUNDS, AT_A_TIME] = [20, 10];

export class JanusHall extends Hall {
  /** @param {{ host: string, profile?: string }} where */
  static async open({ host, profile }) {
    const server = await JanusProcess.start(host, SERVER_CPU);
    try {
      const api = await JanusApi.open(server.url, server.isGone);
      return new JanusHall(server, await startCrowd(host, profile), api);
    } catch (error) {
      await server.end();
      throw error;
    }
  }

  #api;
  /** Of Janus, by connection. */
  #handles = new Map();

  constructor(server, load, api) {
    super(server, load);
    this.#api = api;
  }

  /** @param {string} connection */
  async join(connection, publishes = false) {
    if (!publishes) return this.joinTogether([connection]);
    const handle = await this.#attach(connection);
    await this.#api.ask(createRoom(), handle);
    const { sdp } = await this.load.ask('offer', { publishes });
    const { jsep } = await this.#api.ask(publish(sdp), handle);
    await Promise.all([this.#api.connected(handle), this.load.ask('answer', { sdp: jsep.sdp, publishes })]);
  }

  async joinTogether(connections) {
    const offered = await Promise.all(
      connections.map(async (connection) => {
        const handle = await this.#attach(connection);
        const { jsep } = await this.#api.ask(subscribe(), handle);
        return { handle, sdp: jsep.sdp };
      }),
    );
    const answers = await this.load.ask('accepts', { sdps: offered.map(({ sdp }) => sdp) });
    await Promise.all(offered.map(({ handle }, index) => this.#api.ask(start(answers[index]), handle)));
    await Promise.all(offered.map(({ handle }) => this.#api.connected(handle)));
    await this.load.ask('connected');
  }

  async leave(connections) {
    await Promise.all(connections.map((connection) => this.#api.ask(detach(), this.#handles.get(connection))));
    for (const connection of connections) this.#handles.delete(connection);
    await this.load.ask('clear');
  }

  /** Processor time in us that the API alone takes of what a subscriber costs: of as many requests as each has. */
  async apiUs() {
    const [handle] = this.#handles.values();
    const { cpuUs } = await this.timed(async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await Promise.all(Array.from({ length: AT_A_TIME }, () => this.#api.ask(roomExists(), handle)));
      }
    });
    return (cpuUs / ROUNDS / AT_A_TIME) * REQUESTS;
  }

  async end() {
    try {
      await this.#api.close();
      await this.load.end();
    } finally {
      await this.server.end();
    }
  }

  async #attach(connection) {
    const { id } = await this.#api.ask(attach());
    this.#handles.set(connection, id);
    return id;
  }
}

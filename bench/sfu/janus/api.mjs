// Janus's JSON API over HTTP: requests, and one long poll by which everything else comes.
import { createSession, readReply } from './messages.mjs';

/** Longer than anything here takes, DTLS retransmissions included. */
const PATIENCE_MS = 15_000;
/** From a connection that breaks until the process behind it is known to have ended. */
const ENDING_MS = 1_000;
/** Events that one poll brings at most. */
const EVENTS = 100;

/** What Janus said no to, or nothing to. */
export class JanusError extends Error {}

/** One session with Janus. */
export class JanusApi {
  /** @param {string} url of the API @param {AbortSignal} isGone aborted when the server has ended, with the reason */
  static async open(url, isGone) {
    const { id } = await new JanusApi(url, isGone).ask(createSession());
    const api = new JanusApi(`${url}/${id}`, isGone);
    api.#polling = api.#poll();
    return api;
  }

  #url;
  #isGone;
  #isClosed = new AbortController();
  #polling = Promise.resolve();
  #lastTransaction = 0;
  /** What is waited for, by transaction, or by handle for a connection. @type {Map<string | number, { resolve: Function, reject: Function }>} */
  #waiting = new Map();
  /** Handles whose connection came up before anybody waited for it. */
  #connected = new Set();

  constructor(url, isGone) {
    this.#url = url;
    this.#isGone = isGone;
  }

  /** Asks; resolves with what comes of it: its data, and a description where there is one. @param {object} request @param {number} [handle] */
  async ask(request, handle) {
    const transaction = String(++this.#lastTransaction);
    const outcome = this.#awaited(transaction, `to "${request.body?.request ?? request.janus}"`);
    outcome.catch(() => {}); // it may be refused while the request is still under way
    try {
      const response = await this.#fetch(handle === undefined ? '' : `/${handle}`, {
        method: 'POST',
        body: JSON.stringify({ ...request, transaction }),
      });
      this.#take(response);
    } catch (error) {
      this.#reject(transaction, error);
    }
    const { data, jsep } = await outcome;
    return { ...data, ...(jsep && { jsep }) };
  }

  /** Until the connection of `handle` is up. */
  async connected(handle) {
    if (!this.#connected.delete(handle)) await this.#awaited(handle, 'of a connection that is up');
  }

  async close() {
    this.#isClosed.abort();
    await this.#polling;
  }

  #awaited(key, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#reject(key, new JanusError(`Janus said nothing ${what} for ${PATIENCE_MS / 1_000} s`)),
        PATIENCE_MS,
      );
      const settle = (how) => (value) => {
        clearTimeout(timer);
        this.#waiting.delete(key);
        how(value);
      };
      this.#waiting.set(key, { resolve: settle(resolve), reject: settle(reject) });
    });
  }

  #reject(key, error) {
    this.#waiting.get(key)?.reject(error);
  }

  #take(message) {
    const reply = readReply(message);
    switch (reply.type) {
      case 'done':
        this.#waiting.get(reply.transaction)?.resolve(reply);
        break;
      case 'refused':
        this.#reject(reply.transaction, new JanusError(`Janus refused: ${reply.reason}`));
        break;
      case 'connected':
        if (this.#waiting.has(reply.handle)) this.#waiting.get(reply.handle).resolve();
        else this.#connected.add(reply.handle);
        break;
      case 'gone':
        this.#connected.delete(reply.handle);
        this.#reject(reply.handle, new JanusError(`Janus ended a connection: ${reply.reason}`));
        break;
      default: // `pending`: it comes by the poll; `unasked`: not for us
    }
  }

  async #poll() {
    while (!this.#isClosed.signal.aborted) {
      try {
        for (const event of [await this.#fetch(`?maxev=${EVENTS}`)].flat()) this.#take(event);
      } catch (error) {
        for (const key of [...this.#waiting.keys()]) this.#reject(key, error);
        return;
      }
    }
  }

  async #fetch(path, init) {
    const signal = AbortSignal.any([this.#isClosed.signal, this.#isGone]);
    try {
      return await (await fetch(this.#url + path, { ...init, signal })).json();
    } catch (error) {
      if (!this.#isClosed.signal.aborted) await this.#ending(); // who ends closes its sockets first, and is seen to have ended after that
      this.#isGone.throwIfAborted();
      throw new JanusError(`Janus's API does not answer: ${error.cause?.message ?? error.message}`, { cause: error });
    }
  }

  /** Until the server has ended, or does not do so. */
  #ending() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ENDING_MS);
      const over = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#isGone.aborted) over();
      else this.#isGone.addEventListener('abort', over, { once: true });
    });
  }
}

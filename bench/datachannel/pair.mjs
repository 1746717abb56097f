// Two peer processes of one stack, connected over loopback.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STACKS } from '../lib/peers.mjs';

const PEER = join(dirname(fileURLToPath(import.meta.url)), 'peer.mjs');
const LIMIT_MS = 60_000;

/** One process and the messages that come from it. */
class Peer {
  constructor(stack, role, other, prefix) {
    this.waiting = [];
    const [program, ...args] = [...prefix, process.execPath, ...process.execArgv, PEER, stack, role];
    this.child = spawn(program, args, {
      env: { ...process.env, ...STACKS[stack].env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.child.on('message', (message) => {
      if ('description' in message || 'candidate' in message) other().send(message);
      else if (message.failed) this.fail(new Error(message.failed));
      else this.deliver(message);
    });
    this.child.on('exit', (code, signal) => this.fail(new Error(`${stack} ${role} ended (${signal ?? code})`)));
    this.seen = [];
  }

  send(message) {
    if (this.child.connected) this.child.send(message);
  }

  deliver(message) {
    const index = this.waiting.findIndex(({ wanted }) => wanted(message));
    if (index >= 0) this.waiting.splice(index, 1)[0].resolve(message);
    else this.seen.push(message);
  }

  fail(error) {
    this.error = error;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }

  /** The next message that `wanted` accepts. */
  next(wanted, what) {
    const index = this.seen.findIndex(wanted);
    if (index >= 0) return Promise.resolve(this.seen.splice(index, 1)[0]);
    if (this.error) return Promise.reject(this.error);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what}: nothing within ${LIMIT_MS} ms`)), LIMIT_MS);
      const settled = (settle) => (value) => {
        clearTimeout(timer);
        settle(value);
      };
      this.waiting.push({ wanted, resolve: settled(resolve), reject: settled(reject) });
    });
  }

  async ask(message) {
    this.send(message);
    return this.next(({ done }) => done === message.command, message.command);
  }
}

/**
 * Starts both ends of `stack` and waits until the channel is open at both.
 * @param {string} stack
 * @param {{ offer: readonly string[], answer: readonly string[] }} [prefixes] what the commands that start them begin with
 */
export async function connectPair(stack, prefixes = { offer: [], answer: [] }) {
  const peers = {};
  peers.offer = new Peer(stack, 'offer', () => peers.answer, prefixes.offer);
  peers.answer = new Peer(stack, 'answer', () => peers.offer, prefixes.answer);
  const { offer, answer } = peers;
  await Promise.all([offer, answer].map((peer) => peer.next(({ ready }) => ready, 'start')));
  offer.send({ command: 'start' });
  await Promise.all([offer, answer].map((peer) => peer.next(({ open }) => open, 'open channel')));
  return {
    offer,
    answer,
    quit() {
      for (const peer of [offer, answer]) {
        peer.send({ command: 'quit' });
        setTimeout(() => peer.child.kill('SIGKILL'), 2_000).unref();
      }
    },
  };
}

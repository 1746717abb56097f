import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv4, isIPv6 } from 'node:net';
import { Malformed } from '@maru/protocol/core';
import { decodeMdns, encodeMdnsQuery, encodeMdnsResponse } from './message.js';

const GROUP = '224.0.0.251';
const PORT = 5353;
/** A name that nobody answers for so long is given up (S-24). */
const LOOKUP_MS = 5_000;
/** A question is asked again so often, since multicast loses packets too. */
const ASK_AGAIN_MS = 1_000;
/** Lookups under way at once; a description can name any number (S-24). */
const MAX_LOOKUPS = 8;

interface Lookup {
  readonly promise: Promise<readonly string[]>;
  readonly settle: (addresses: readonly string[] | undefined) => void;
}

/**
 * Resolves and answers mDNS names (RFC 6762) as WebRTC uses them to hide host addresses: one shared socket, open only while
 * somebody asks or owns a name.
 */
export class MdnsService {
  private readonly lookups = new Map<string, Lookup>();
  private readonly owned = new Map<string, readonly Uint8Array[]>();
  private opening: Promise<Socket> | undefined;

  /** `lookupMs` is how long a name may go unanswered. */
  constructor(private readonly lookupMs = LOOKUP_MS) {}

  /** The addresses of `name`. Rejects when none came within 5 s, or when too many lookups are under way. */
  resolve(name: string): Promise<readonly string[]> {
    const key = name.toLowerCase();
    const own = this.owned.get(key);
    if (own) return Promise.resolve(own.map(textOf));
    const known = this.lookups.get(key);
    if (known) return known.promise;
    if (this.lookups.size >= MAX_LOOKUPS)
      return Promise.reject(new Error(`more than ${MAX_LOOKUPS} mDNS lookups at once; ${name} was not asked for`));
    return this.ask(key);
  }

  /** Answers questions for `name` with `addresses` until the function returned is called. */
  publish(name: string, addresses: readonly string[]): () => void {
    const key = name.toLowerCase();
    this.owned.set(
      key,
      addresses.map(bytesOf).filter((bytes) => bytes.length > 0),
    );
    void this.socket().then(
      (socket) => this.send(socket, encodeMdnsResponse(key, this.owned.get(key) ?? [])),
      () => {},
    );
    return () => {
      this.owned.delete(key);
      this.closeIfIdle();
    };
  }

  private ask(key: string): Promise<readonly string[]> {
    let settle: Lookup['settle'] = () => {};
    const promise = new Promise<readonly string[]>((resolve, reject) => {
      const question = encodeMdnsQuery(key);
      const askNow = (): void =>
        void this.socket().then(
          (socket) => this.send(socket, question),
          () => settle(undefined),
        );
      const again = setInterval(askNow, ASK_AGAIN_MS);
      const giveUp = setTimeout(() => settle(undefined), this.lookupMs);
      settle = (addresses) => {
        clearInterval(again);
        clearTimeout(giveUp);
        this.lookups.delete(key);
        this.closeIfIdle();
        if (addresses) resolve(addresses);
        else reject(new Error(`no answer for ${key} on this network within ${this.lookupMs} ms`));
      };
      askNow();
    });
    this.lookups.set(key, { promise, settle });
    return promise;
  }

  private socket(): Promise<Socket> {
    this.opening ??= new Promise((opened, failed) => {
      const socket = createSocket({ type: 'udp4', reuseAddr: true });
      socket.once('error', (error) => {
        this.opening = undefined;
        failed(error);
      });
      socket.on('message', (bytes, from) => this.receive(socket, bytes, from));
      socket.bind(PORT, () => {
        socket.on('error', () => {});
        try {
          socket.addMembership(GROUP);
          socket.setMulticastTTL(255);
          socket.setMulticastLoopback(true);
        } catch {
          // a host without a multicast route: names of this very host still resolve
        }
        opened(socket);
        this.closeIfIdle();
      });
    });
    return this.opening;
  }

  private closeIfIdle(): void {
    if (this.lookups.size > 0 || this.owned.size > 0 || !this.opening) return;
    const opening = this.opening;
    this.opening = undefined;
    void opening.then(
      (socket) => socket.close(),
      () => {},
    );
  }

  private receive(socket: Socket, bytes: Uint8Array, from: RemoteInfo): void {
    const message = decodeMdns(bytes);
    if (message instanceof Malformed) return;
    if (!message.isResponse) {
      for (const { name } of message.questions) {
        const addresses = this.owned.get(name);
        if (addresses) this.send(socket, encodeMdnsResponse(name, addresses));
      }
      return;
    }
    if (from.port !== PORT) return; // RFC 6762 §6: an answer from another port is no mDNS answer
    for (const [name, lookup] of [...this.lookups]) {
      const addresses = message.answers.filter((answer) => answer.name === name).map(({ address }) => address);
      if (addresses.length > 0) lookup.settle(addresses);
    }
  }

  private send(socket: Socket, bytes: Uint8Array): void {
    try {
      socket.send(bytes, PORT, GROUP);
    } catch {
      // closed meanwhile: whoever asked has been told already
    }
  }
}

function bytesOf(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  if (!isIPv6(address)) return new Uint8Array(0);
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const middle = new Array<number>(8 - front.length - back.length).fill(0);
  return Uint8Array.from([...front, ...middle, ...back].flatMap((group) => [group >> 8, group & 0xff]));
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16)).join(':');
}

import { isIP } from 'node:net';
import { nodeNetwork } from '@maru/node';
import { CoreDriver, Malformed, type NetworkStack, type StreamSocket } from '@maru/protocol/core';
import { type IceServerUrl, parseIceServerUrl } from '@maru/protocol/ice';
import {
  BehaviourDiscovery,
  type BehaviourReport,
  decodeStunMessage,
  newTransactionId,
  STUN_MAX_BYTES,
  StreamFramer,
  StunEncoder,
  StunMethod,
  stunFrameSize,
  XorMappedAddress,
} from '@maru/protocol/stun';
import { context, sourceAddressFor } from '../turn/check/turn-link.js';
import { probeRelay } from './relay.js';
import type { ServerReport } from './report.js';
import { streamFailure } from './stream-failure.js';

/** How the probe tells what it is doing. */
export type Progress = (text: string) => void;

export interface ServerToProbe {
  readonly url: string;
  readonly username?: string;
  readonly credential?: string;
}

const NOTHING = { rttMs: undefined, mapped: undefined, relayed: undefined, relayRttMs: undefined, behaviour: undefined } as const;
const STREAM_ANSWER_MS = 5_000;

/** Asks one server all that its URL promises. Never rejects: what goes wrong is the answer. */
export async function probeServer(
  server: ServerToProbe,
  progress: Progress,
  network: NetworkStack = nodeNetwork,
): Promise<ServerReport> {
  const { url } = server;
  const parsed = parseIceServerUrl(url);
  if (!parsed) {
    return {
      ...NOTHING,
      url,
      outcome: 'unusable-url',
      detail: 'not a STUN or TURN URL; expected for example stun:stun.example.org:3478 or turns:turn.example.org:443',
    };
  }
  progress(`${url}: looking up ${parsed.host}`);
  const address = await resolve(parsed.host, network);
  if (address === undefined)
    return {
      ...NOTHING,
      url,
      outcome: 'name-not-found',
      detail: `no address is known for the name ${parsed.host}; check its spelling and DNS`,
    };
  if (parsed.kind === 'turn') return probeRelay({ ...server, parsed, address }, progress, network);
  return parsed.isSecure ? probeStream(parsed, address, progress, network) : probeDatagram(parsed, address, progress, network);
}

async function resolve(host: string, network: NetworkStack): Promise<string | undefined> {
  if (isIP(host)) return host;
  try {
    const found = await network.resolveHost(host);
    return found.find((address) => isIP(address) === 4) ?? found[0];
  } catch {
    return undefined; // that there is no address is the answer
  }
}

async function probeDatagram(
  { url, port }: IceServerUrl,
  address: string,
  progress: Progress,
  network: NetworkStack,
): Promise<ServerReport> {
  const behaviour = await discover(address, port, (step) => progress(`${url}: ${step}`), network);
  if (!behaviour.mappedAddress) {
    return {
      ...NOTHING,
      url,
      outcome: 'no-answer',
      behaviour,
      detail: `no answer over UDP from ${address} port ${port}; the server is down, or UDP is blocked on the way`,
    };
  }
  const mapped = behaviour.mappedAddress;
  return {
    ...NOTHING,
    url,
    outcome: 'ok',
    behaviour,
    mapped,
    rttMs: behaviour.rttMs,
    detail: `it sees us as ${mapped.address} port ${mapped.port}`,
  };
}

async function discover(
  address: string,
  port: number,
  step: (text: string) => void,
  network: NetworkStack,
): Promise<BehaviourReport> {
  const socket = await network.openDatagram({ address: sourceAddressFor(address, network) });
  const pathTo = (remoteAddress: string, remotePort: number) => socket.pathTo(remoteAddress, remotePort);
  return new Promise((resolve) => {
    const core = new BehaviourDiscovery(network.clock.now(), pathTo(address, port), pathTo, context);
    const driver = new CoreDriver(socket, core, network.clock, (event) => {
      if (event.type === 'step') return step(event.step.replaceAll('-', ' '));
      driver.close();
      resolve(event.report);
    });
  });
}

async function probeStream(
  { url, port, host }: IceServerUrl,
  address: string,
  progress: Progress,
  network: NetworkStack,
): Promise<ServerReport> {
  progress(`${url}: connecting over TLS`);
  const startedAt = network.clock.now();
  let stream: StreamSocket;
  try {
    stream = await network.openStream({ address, port, tls: { serverName: host } });
  } catch (error) {
    return { ...NOTHING, url, ...streamFailure(error) };
  }
  const mapped = await askOverStream(stream, network);
  stream.close();
  if (!mapped)
    return {
      ...NOTHING,
      url,
      outcome: 'no-answer',
      detail: 'TLS is up, but no STUN answer came: the port serves something else',
    };
  return {
    ...NOTHING,
    url,
    outcome: 'ok',
    mapped,
    rttMs: network.clock.now() - startedAt,
    detail: `it sees us as ${mapped.address} port ${mapped.port}, over TLS`,
  };
}

function askOverStream(stream: StreamSocket, network: NetworkStack): Promise<{ address: string; port: number } | undefined> {
  const id = newTransactionId(context.random);
  const request = new StunEncoder().start('request', StunMethod.binding, id).fingerprint().finish().slice();
  return new Promise((resolve) => {
    const giveUp = network.clock.schedule(network.clock.now() + STREAM_ANSWER_MS, () => resolve(undefined));
    const settle = (mapped: { address: string; port: number } | undefined): void => {
      giveUp();
      resolve(mapped);
    };
    const framer = new StreamFramer(stunFrameSize, STUN_MAX_BYTES);
    stream.receiver = {
      data(bytes) {
        framer.feed(bytes, (frame) => {
          const message = decodeStunMessage(frame);
          if (!(message instanceof Malformed) && message.messageClass === 'success') settle(message.value(XorMappedAddress));
        });
        if (framer.failed) settle(undefined);
      },
      closed: () => settle(undefined),
    };
    stream.write(request);
  });
}

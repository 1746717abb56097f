import type { NetworkStack } from '@maru/protocol/core';
import type { IceServerUrl } from '@maru/protocol/ice';
import { type Allocation, type Failure, sourceAddressFor, TurnLink, UNREACHABLE } from '../turn/check/turn-link.js';
import type { Progress } from './probe.js';
import type { ServerReport } from './report.js';
import { streamFailure } from './stream-failure.js';

interface RelayToProbe {
  readonly url: string;
  readonly username?: string;
  readonly credential?: string;
  readonly parsed: IceServerUrl;
  readonly address: string;
}

const NOTHING = { rttMs: undefined, mapped: undefined, relayed: undefined, relayRttMs: undefined, behaviour: undefined } as const;

/** Allocates an address at a TURN server and sends a packet through it and back. Never rejects. */
export async function probeRelay(server: RelayToProbe, progress: Progress, network: NetworkStack): Promise<ServerReport> {
  const { url, parsed, address, username, credential } = server;
  if (!username || !credential) {
    return { ...NOTHING, url, outcome: 'credentials-missing', detail: 'a TURN server wants --username and --credential' };
  }
  if (parsed.isSecure && parsed.transport === 'udp') {
    return {
      ...NOTHING,
      url,
      outcome: 'unusable-url',
      detail: 'TURN over DTLS is not probed; browsers do not use it. Ask for turns:…?transport=tcp',
    };
  }
  progress(`${url}: connecting over ${parsed.isSecure ? 'TLS' : parsed.transport.toUpperCase()}`);
  const startedAt = network.clock.now();
  let link: TurnLink;
  try {
    link = await TurnLink.open({ parsed, address, username, password: credential }, network);
  } catch (error) {
    return { ...NOTHING, url, ...streamFailure(error) };
  }
  progress(`${url}: allocating`);
  const outcome = await link.allocate();
  const rttMs = network.clock.now() - startedAt;
  if (outcome.type === 'failed') {
    link.close();
    return { ...NOTHING, url, ...explain(outcome, address, parsed.port) };
  }
  progress(`${url}: sending a packet through the relay and back`);
  const { relayed, mapped } = outcome;
  const relayRttMs = await echo(link, outcome, address, network);
  link.close();
  const through =
    relayRttMs === undefined ? 'no packet came through it' : `a packet went through it and back in ${relayRttMs.toFixed(1)} ms`;
  return {
    ...NOTHING,
    url,
    outcome: 'ok',
    rttMs,
    mapped,
    relayed,
    relayRttMs,
    detail: `relays at ${relayed.address} port ${relayed.port}; ${through}`,
  };
}

/** Milliseconds for a packet from a socket of ours through the relay to us, and back the same way; undefined if none came. */
async function echo(
  link: TurnLink,
  allocation: Allocation,
  serverAddress: string,
  network: NetworkStack,
): Promise<number | undefined> {
  const socket = await network.openDatagram({ address: sourceAddressFor(serverAddress, network) });
  const code = await link.permit({ address: allocation.mapped.address, port: socket.localPort });
  const rttMs = code === 'granted' ? await link.echo(socket, allocation) : undefined;
  socket.close();
  return rttMs;
}

/** What the person can do about each refusal. */
function explain({ code, reason }: Failure, address: string, port: number): Pick<ServerReport, 'outcome' | 'detail'> {
  switch (code) {
    case UNREACHABLE:
      return {
        outcome: 'no-answer',
        detail: `no answer from ${address} port ${port}: ${reason}; the server is down, or the way to it is blocked`,
      };
    case 401:
      return { outcome: 'refused', detail: 'refused (401): username or credential are wrong or have expired' };
    case 486:
      return {
        outcome: 'refused',
        detail: 'refused (486): the quota of this user is used up; try again later or raise it at the server',
      };
    case 508:
      return { outcome: 'refused', detail: 'refused (508): the server has no relay port left' };
    default:
      return { outcome: 'refused', detail: `refused (${code}): ${reason}` };
  }
}

import { parseArgs } from 'node:util';
import { nodeNetwork } from '@maru/node';
import type { HostAddress } from '@maru/protocol/core';
import type { CommandIo } from '../command-io.js';
import { concludeFrom } from './conclusions.js';
import { probeServer } from './probe.js';
import type { LocalAddress, NatReport, ServerReport } from './report.js';
import { formatScreen } from './screen.js';

export const NAT_USAGE = `maru nat [--server <url>]… [--username <name>] [--credential <secret>] [--json]

Says what this network lets WebRTC do, and why: addresses, kind of NAT, whether UDP passes, and what each STUN or TURN
server answers. Nothing is asked of anybody but the servers that you name.

  --server <url>         stun:host[:port], stuns:…, turn:host[:port][?transport=tcp], turns:…; may be repeated
  --username <name>      for TURN servers
  --credential <secret>  for TURN servers; better in the environment, as MARU_TURN_CREDENTIAL
  --json                 the whole report as JSON on standard output

Exit status: 0 calls will work from here, 1 there is a problem, 2 wrong usage.`;

type NatIo = Pick<CommandIo, 'out' | 'err' | 'progress' | 'columns' | 'environment'>;

/** Runs `maru nat`. Exit status: 0 calls will work, 1 there is a problem, 2 wrong usage. */
export async function natCommand(argv: readonly string[], io: NatIo): Promise<0 | 1 | 2> {
  const options = readOptions(argv, io);
  if (options === 'help') {
    io.out(NAT_USAGE);
    return 0;
  }
  if (!options) return 2;
  const servers: ServerReport[] = [];
  for (const url of options.servers)
    servers.push(await probeServer({ url, ...options.credentials }, (text) => io.progress(text)));
  io.progress('');
  const report = assemble(servers);
  io.out(options.json ? JSON.stringify(report, null, 2) : formatScreen(report, io.columns));
  return report.conclusions.some(({ level }) => level === 'problem') ? 1 : 0;
}

interface NatOptions {
  readonly servers: readonly string[];
  readonly credentials: { readonly username?: string; readonly credential?: string };
  readonly json: boolean;
}

function readOptions(argv: readonly string[], io: NatIo): NatOptions | 'help' | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        server: { type: 'string', multiple: true, default: [] },
        username: { type: 'string' },
        credential: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const credential = values.credential ?? io.environment['MARU_TURN_CREDENTIAL'];
    return {
      servers: values.server,
      credentials: { ...(values.username ? { username: values.username } : {}), ...(credential ? { credential } : {}) },
      json: values.json,
    };
  } catch (error) {
    io.err(`maru nat: ${error instanceof Error ? error.message : error}\n\n${NAT_USAGE}`);
    return undefined;
  }
}

function assemble(servers: readonly ServerReport[]): NatReport {
  const addresses = nodeNetwork
    .hostAddresses()
    .filter(({ isLoopback }) => !isLoopback)
    .map(
      ({ interfaceName, address, family }): LocalAddress => ({
        interfaceName,
        address,
        family,
        isGlobal: isGlobal({ address, family }),
      }),
    );
  const overUdp = servers.filter(({ behaviour }) => behaviour !== undefined);
  const relayedOverUdp = servers.some(
    ({ url, outcome }) => /^turn:/i.test(url) && !/transport=tcp/i.test(url) && outcome === 'ok',
  );
  const best = overUdp.find(({ behaviour }) => behaviour?.otherAddress) ?? overUdp.find(({ outcome }) => outcome === 'ok');
  const v6 = addresses.filter(({ family }) => family === 'ipv6');
  const works = relayedOverUdp || overUdp.some(({ outcome }) => outcome === 'ok');
  const facts = {
    addresses,
    servers,
    udp: works ? ('works' as const) : overUdp.length > 0 ? ('blocked' as const) : undefined,
    nat: best?.behaviour,
    ipv6: v6.some((address) => address.isGlobal)
      ? ('global' as const)
      : v6.length > 0
        ? ('local-only' as const)
        : ('none' as const),
  };
  return { ...facts, conclusions: concludeFrom(facts) };
}

/** Whether the internet routes `address`: global unicast IPv6, or IPv4 outside the private and shared ranges. */
function isGlobal({ address, family }: Pick<HostAddress, 'address' | 'family'>): boolean {
  if (family === 'ipv6') return /^[23]/.test(address);
  return !/^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(address);
}

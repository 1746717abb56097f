import { wrap } from '../screen/wrap.js';
import type { Conclusion, NatReport, ServerReport } from './report.js';

const MAPPING: Record<string, string> = {
  direct: 'no NAT before us',
  'endpoint-independent': 'endpoint-independent: one outer port for everybody',
  'address-dependent': 'address-dependent: an outer port for each remote address',
  'address-and-port-dependent': 'address-and-port-dependent: an outer port for each destination ("symmetric")',
  unknown: 'not known: the server has only one address',
};

const FILTERING: Record<string, string> = {
  'endpoint-independent': 'endpoint-independent: anybody may send to an open port',
  'address-dependent': 'address-dependent: only hosts that we have sent to',
  'address-and-port-dependent': 'address-and-port-dependent: only exact endpoints that we have sent to',
  unknown: 'not known: the server has only one address',
};

const MARK: Record<Conclusion['level'], string> = { good: '+', note: '-', problem: '!' };
const LABEL_WIDTH = 14;

/** The report as one screen of text, `width` columns wide. */
export function formatScreen(report: NatReport, width: number): string {
  const { addresses, servers, udp, nat, ipv6 } = report;
  const rows: [string, string][] = [
    [
      'This machine',
      addresses.map(({ address, interfaceName }) => `${address} (${interfaceName})`).join(', ') || 'no address besides loopback',
    ],
    ['IPv6', { global: 'yes', 'local-only': 'only within this network', none: 'no' }[ipv6]],
    ['UDP', udp === undefined ? 'not asked' : udp === 'works' ? 'works' : 'no answer'],
    ...(nat
      ? ([
          ['NAT mapping', MAPPING[nat.mapping] ?? nat.mapping],
          ...(nat.mapping === 'direct' ? [] : [['NAT filtering', FILTERING[nat.filtering] ?? nat.filtering]]),
          ...(nat.hairpin === undefined
            ? []
            : [['Hairpin', nat.hairpin ? 'yes: hosts behind this NAT reach each other by its outside' : 'no']]),
        ] as [string, string][])
      : []),
  ];
  const lines = rows.map(([label, text]) => wrap(text, width, label.padEnd(LABEL_WIDTH)));
  if (servers.length > 0) lines.push('', 'Servers', ...servers.map((server) => wrap(serverLine(server), width, '  ')));
  lines.push('', 'What follows', ...report.conclusions.map(({ level, text }) => wrap(text, width, `  ${MARK[level]} `)));
  return lines.join('\n');
}

function serverLine({ url, outcome, detail, rttMs }: ServerReport): string {
  const time = rttMs === undefined ? '' : ` in ${rttMs.toFixed(rttMs < 10 ? 1 : 0)} ms`;
  return `${url}: ${outcome === 'ok' ? `answered${time}; ${detail}` : detail}`;
}

import type { TurnState } from './turn-operation.js';

type Value = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Family {
  readonly name: string;
  readonly help: string;
  readonly kind: 'gauge' | 'counter';
  readonly values: readonly Value[];
}

/** The relay's metrics in Prometheus' text form. Labels are words of ours: nothing from the wire becomes one (S-17). */
export function turnMetrics(state: TurnState): string {
  return familiesOf(state).map(formatFamily).join('');
}

function familiesOf({ statistics, allocations, isDraining, lost }: TurnState): readonly Family[] {
  const { sent, received, resources, requests, refused, dropped, allocationsCreated } = statistics;
  const byTransport = new Map([...TRANSPORTS].map((transport) => [transport as string, 0]));
  for (const { transport } of allocations) byTransport.set(transport, (byTransport.get(transport) ?? 0) + 1);
  const both = (pick: (traffic: typeof sent) => number): Value[] => [
    [{ direction: 'sent' }, pick(sent)],
    [{ direction: 'received' }, pick(received)],
  ];
  return [
    gauge('maru_turn_allocations', 'Allocations, by the transport of their client.', labelled('transport', byTransport)),
    gauge(
      'maru_turn_resource_used',
      'What of a bounded resource is in use.',
      resources.map(({ name, used }) => [{ resource: name }, used]),
    ),
    gauge(
      'maru_turn_resource_limit',
      'How much of it there is.',
      resources.map(({ name, limit }) => [{ resource: name }, limit]),
    ),
    gauge('maru_turn_draining', 'Whether new allocations are refused.', [[{}, isDraining ? 1 : 0]]),
    counter('maru_turn_allocations_created_total', 'Allocations that were made.', [[{}, allocationsCreated]]),
    counter(
      'maru_turn_relayed_packets_total',
      'Packets relayed, from clients (sent) and to them (received).',
      both(({ packets }) => packets),
    ),
    counter(
      'maru_turn_relayed_bytes_total',
      'Bytes of their payloads.',
      both(({ bytes }) => bytes),
    ),
    counter(
      'maru_turn_bounded_packets_total',
      'Packets beyond a bandwidth or quota.',
      both((traffic) => traffic.dropped),
    ),
    counter('maru_turn_requests_total', 'Requests, by method.', labelled('method', requests)),
    counter('maru_turn_refused_total', 'Error responses, by reason.', labelled('reason', refused)),
    counter('maru_turn_dropped_total', 'Packets and messages without an answer, by reason.', labelled('reason', dropped)),
    counter('maru_turn_lost_datagrams_total', 'Datagrams that the system did not take.', [[{}, lost.datagrams]]),
    counter('maru_turn_lost_stream_messages_total', 'Data that slow clients on streams did not take.', [
      [{}, lost.streamMessages],
    ]),
  ];
}

const TRANSPORTS = ['udp', 'tcp', 'tls', 'dtls'] as const;

const gauge = (name: string, help: string, values: readonly Value[]): Family => ({ name, help, kind: 'gauge', values });
const counter = (name: string, help: string, values: readonly Value[]): Family => ({ name, help, kind: 'counter', values });

const labelled = (label: string, counts: ReadonlyMap<string, number>): Value[] =>
  [...counts].map(([word, count]) => [{ [label]: word }, count]);

function formatFamily({ name, help, kind, values }: Family): string {
  const rows = values.map(([labels, value]) => `${name}${formatLabels(labels)} ${Number.isFinite(value) ? value : '+Inf'}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${rows.join('')}`;
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeLabel(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

const escapeLabel = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

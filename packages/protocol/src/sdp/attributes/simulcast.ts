import type { Attribute } from '../tree.js';
import { isRid } from './rid.js';

/** One simulcast stream: a rid, or alternatives to choose from (RFC 8853 §5.1). */
export interface SimulcastStream {
  readonly alternatives: readonly { readonly rid: string; readonly paused: boolean }[];
}

/** `a=simulcast` (RFC 8853 §5.1): which rids are sent at once, and which can be received. */
export interface Simulcast {
  readonly send: readonly SimulcastStream[];
  readonly recv: readonly SimulcastStream[];
}

/** Undefined if `value` is no simulcast attribute. */
export function parseSimulcast(value: string): Simulcast | undefined {
  const words = value.split(' ').filter((word) => word !== '');
  if (words.length !== 2 && words.length !== 4) return undefined;
  let send: SimulcastStream[] | undefined;
  let recv: SimulcastStream[] | undefined;
  for (let i = 0; i < words.length; i += 2) {
    const streams = parseStreams(words[i + 1]!);
    if (!streams) return undefined;
    if (words[i] === 'send' && !send) send = streams;
    else if (words[i] === 'recv' && !recv) recv = streams;
    else return undefined;
  }
  return { send: send ?? [], recv: recv ?? [] };
}

export function formatSimulcast({ send, recv }: Simulcast): Attribute {
  const parts: string[] = [];
  if (send.length > 0) parts.push(`send ${formatStreams(send)}`);
  if (recv.length > 0) parts.push(`recv ${formatStreams(recv)}`);
  return { name: 'simulcast', value: parts.join(' ') };
}

function parseStreams(text: string): SimulcastStream[] | undefined {
  const streams = text.split(';').map((stream) => ({
    alternatives: stream.split(',').map((id) => ({ rid: id.startsWith('~') ? id.slice(1) : id, paused: id.startsWith('~') })),
  }));
  return streams.every(({ alternatives }) => alternatives.every(({ rid }) => isRid(rid))) ? streams : undefined;
}

function formatStreams(streams: readonly SimulcastStream[]): string {
  return streams.map(({ alternatives }) => alternatives.map(({ rid, paused }) => (paused ? `~${rid}` : rid)).join(',')).join(';');
}

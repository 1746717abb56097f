import { type Decoded, Malformed } from '../core/index.js';
import { canonicalIpAddress } from '../stun/index.js';
import type { CandidateExtension, CandidateType, IceCandidate, TcpType } from './candidate.js';

const NOT_A_CANDIDATE = Malformed.of('ice/candidate/not-a-candidate');
const TOO_LONG = Malformed.of('ice/candidate/too-long');
const BAD_FOUNDATION = Malformed.of('ice/candidate/bad-foundation');
const BAD_COMPONENT = Malformed.of('ice/candidate/bad-component');
const UNKNOWN_TRANSPORT = Malformed.of('ice/candidate/unknown-transport');
const BAD_PRIORITY = Malformed.of('ice/candidate/bad-priority');
const BAD_ADDRESS = Malformed.of('ice/candidate/bad-address');
const BAD_PORT = Malformed.of('ice/candidate/bad-port');
const UNKNOWN_TYPE = Malformed.of('ice/candidate/unknown-type');
const BAD_TCP_TYPE = Malformed.of('ice/candidate/bad-tcptype');

/** Nobody writes longer ones; browsers write less than 300 characters. */
const MAX_LENGTH = 2_048;
const MAX_EXTENSIONS = 32;

const TYPES: ReadonlySet<string> = new Set(['host', 'srflx', 'prflx', 'relay']);
const TCP_TYPES: ReadonlySet<string> = new Set(['active', 'passive', 'so']);

/**
 * Reads a candidate as SDP and signalling carry it, with or without `a=` and `candidate:` before it (RFC 8839 §5.1):
 *
 *     candidate:1 1 udp 2130706431 192.0.2.1 5000 typ srflx raddr 10.0.0.1 rport 5000 ufrag 8hhY
 */
export function parseCandidate(line: string): Decoded<IceCandidate> {
  if (line.length > MAX_LENGTH) return TOO_LONG;
  const text = line
    .trim()
    .replace(/^a=/, '')
    .replace(/^candidate:/i, '');
  const words = text.split(/ +/);
  if (words.length < 8 || words[6] !== 'typ') return NOT_A_CANDIDATE;
  const [foundation, component, transport, priority, address, port, , type] = words as string[];
  if (!/^[A-Za-z0-9+/]{1,32}$/.test(foundation!)) return BAD_FOUNDATION;
  const componentId = integer(component!, 1, 256);
  if (componentId === undefined) return BAD_COMPONENT;
  const protocol = transport!.toLowerCase();
  if (protocol !== 'udp' && protocol !== 'tcp') return UNKNOWN_TRANSPORT;
  const priorityNumber = integer(priority!, 0, 0xffff_ffff); // 1 to 2^31 - 1 by the RFC; older peers use the 32nd bit
  if (priorityNumber === undefined) return BAD_PRIORITY;
  const host = addressOf(address!);
  if (host === undefined) return BAD_ADDRESS;
  const portNumber = integer(port!, 0, 65_535);
  if (portNumber === undefined) return BAD_PORT;
  if (!isType(type!)) return UNKNOWN_TYPE;
  const rest = readRest(words.slice(8));
  if (protocol === 'tcp' ? !isTcpType(rest.tcpType) : false) return BAD_TCP_TYPE;
  return {
    foundation: foundation!,
    component: componentId,
    protocol,
    priority: priorityNumber,
    address: host,
    port: portNumber,
    type,
    tcpType: protocol === 'tcp' && isTcpType(rest.tcpType) ? rest.tcpType : undefined,
    relatedAddress: rest.relatedAddress,
    relatedPort: rest.relatedPort,
    usernameFragment: rest.usernameFragment,
    extensions: rest.extensions,
  };
}

/** The candidate attribute's value, `candidate:` included; the inverse of {@link parseCandidate}. */
export function formatCandidate(candidate: IceCandidate): string {
  const { foundation, component, protocol, priority, address, port, type } = candidate;
  const words: (string | number)[] = [`candidate:${foundation}`, component, protocol, priority, address, port, 'typ', type];
  if (candidate.relatedAddress !== undefined) words.push('raddr', candidate.relatedAddress);
  if (candidate.relatedPort !== undefined) words.push('rport', candidate.relatedPort);
  if (candidate.tcpType !== undefined) words.push('tcptype', candidate.tcpType);
  if (candidate.usernameFragment !== undefined) words.push('ufrag', candidate.usernameFragment);
  for (const { name, value } of candidate.extensions) words.push(name, value);
  return words.join(' '); // one string, where sums of strings would keep each of their parts alive
}

interface Rest {
  relatedAddress: string | undefined;
  relatedPort: number | undefined;
  tcpType: string | undefined;
  usernameFragment: string | undefined;
  extensions: CandidateExtension[];
}

/** The pairs of name and value after the type, in any order; the first of each name counts. */
function readRest(words: readonly string[]): Rest {
  const rest: Rest = {
    relatedAddress: undefined,
    relatedPort: undefined,
    tcpType: undefined,
    usernameFragment: undefined,
    extensions: [],
  };
  for (let i = 0; i + 1 < words.length; i += 2) {
    const name = words[i]!;
    const value = words[i + 1]!;
    if (name === 'raddr') rest.relatedAddress ??= value;
    else if (name === 'rport') rest.relatedPort ??= integer(value, 0, 65_535);
    else if (name === 'tcptype') rest.tcpType ??= value;
    else if (name === 'ufrag') rest.usernameFragment ??= value;
    else if (rest.extensions.length < MAX_EXTENSIONS) rest.extensions.push({ name, value });
  }
  return rest;
}

/** An IP address in its one spelling, or a name; neither zones nor anything that is no name. */
function addressOf(text: string): string | undefined {
  const ip = canonicalIpAddress(text);
  if (ip !== undefined) return ip;
  return /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63})+$/.test(text) && !/^[\d.]+$/.test(text)
    ? text
    : undefined;
}

function integer(text: string, min: number, max: number): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

function isType(text: string): text is CandidateType {
  return TYPES.has(text);
}

function isTcpType(text: string | undefined): text is TcpType {
  return text !== undefined && TCP_TYPES.has(text);
}

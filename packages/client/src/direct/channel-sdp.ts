import { type Address, formatAddress, parseAddress } from './address.js';

/** What the other browser must know to reach this one with a data channel; everything else of the SDP both can make up. */
export interface ChannelOffer {
  /** Who starts DTLS (RFC 8842 §5.2). */
  readonly setup: 'actpass' | 'active' | 'passive';
  /** SHA-256 of the certificate (RFC 8122 §5). */
  readonly fingerprint: Uint8Array;
  readonly ufrag: string;
  readonly password: string;
  readonly candidates: readonly CodedCandidate[];
}

/** A candidate (RFC 8839 §5.1) without what the other side can do without: foundation, component, related address. */
export interface CodedCandidate {
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay';
  readonly address: Address;
  readonly port: number;
  readonly priority: number;
}

const TYPES: readonly CodedCandidate['type'][] = ['host', 'srflx', 'prflx', 'relay'];

/** Reads what matters of a description with one data channel section; undefined when it has not all of it. */
export function readChannelSdp(sdp: string, candidateLines: readonly string[]): ChannelOffer | undefined {
  const value = (name: string): string | undefined => new RegExp(`^a=${name}:([^\r\n]+)`, 'm').exec(sdp)?.[1];
  const [algorithm, hex = ''] = value('fingerprint')?.split(' ') ?? [];
  const setup = value('setup');
  const ufrag = value('ice-ufrag');
  const password = value('ice-pwd');
  const fingerprint = Uint8Array.from(hex.split(':'), (byte) => Number.parseInt(byte, 16));
  if (algorithm?.toLowerCase() !== 'sha-256' || fingerprint.length !== 32 || !isSetup(setup) || !ufrag || !password)
    return undefined;
  const lines = [...sdp.matchAll(/^a=(candidate:[^\r\n]+)/gm)].map((match) => match[1]!);
  const candidates = [...new Set([...lines, ...candidateLines])].flatMap((line) => parseCoded(line) ?? []);
  return { setup, fingerprint, ufrag, password, candidates };
}

/** A whole description again, as any browser takes it for a call with one data channel (RFC 8841). */
export function writeChannelSdp({ setup, fingerprint, ufrag, password, candidates }: ChannelOffer): string {
  const hex = Array.from(fingerprint, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'a=msid-semantic: WMS',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${hex}`,
    `a=setup:${setup}`,
    'a=mid:0',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    ...candidates.map((candidate, index) => `a=${formatCoded(candidate, index)}`),
    '',
  ].join('\r\n');
}

function isSetup(value: string | undefined): value is ChannelOffer['setup'] {
  return value === 'actpass' || value === 'active' || value === 'passive';
}

/** UDP only: between browsers, TCP candidates are all active, and lead nowhere (RFC 6544 §4.5). */
function parseCoded(line: string): CodedCandidate | undefined {
  const [, component, protocol, priority, addressText = '', port, , typeText] = line.split(' ');
  const address = parseAddress(addressText);
  const type = TYPES.find((one) => one === typeText);
  if (component !== '1' || protocol?.toLowerCase() !== 'udp' || !address || !type) return undefined;
  return { type, address, port: Number(port), priority: Number(priority) };
}

function formatCoded({ type, address, port, priority }: CodedCandidate, index: number): string {
  const related = type === 'host' ? '' : ' raddr 0.0.0.0 rport 0';
  return `candidate:${index + 1} 1 udp ${priority} ${formatAddress(address)} ${port} typ ${type}${related}`;
}

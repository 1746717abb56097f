import { nodeCrypto } from '@maru/node';
import type { CryptoProvider, SrtpProfile } from '../../core/index.js';
import { SRTP_PROFILES } from '../../core/index.js';
import { RtpPacketWriter } from '../../rtp/index.js';
import { type SrtpOptions, SrtpReceiver, SrtpSender } from '../index.js';

export const PROFILES = Object.keys(SRTP_PROFILES) as SrtpProfile[];

export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** Keys that are made of one byte. */
export function keysOf(profile: SrtpProfile, fill = 7) {
  const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
  return { key: new Uint8Array(keyBytes).fill(fill), salt: new Uint8Array(saltBytes).fill(fill + 1) };
}

export function optionsOf(
  profile: SrtpProfile,
  more: Partial<SrtpOptions> = {},
  crypto: CryptoProvider = nodeCrypto,
): SrtpOptions {
  return { profile, master: keysOf(profile), crypto, ...more };
}

/** Both ends of one direction. */
export function ends(profile: SrtpProfile, more: Partial<SrtpOptions> = {}) {
  return { sender: new SrtpSender(optionsOf(profile, more)), receiver: new SrtpReceiver(optionsOf(profile, more)) };
}

export interface RtpShape {
  readonly ssrc?: number;
  readonly csrcs?: readonly number[];
  readonly extensions?: readonly (readonly [id: number, value: Uint8Array])[];
  readonly form?: 'one-byte' | 'two-byte';
  readonly payload?: Uint8Array;
}

const PAYLOAD = Uint8Array.from({ length: 60 }, (_, i) => i);

export function rtp(
  sequenceNumber: number,
  { ssrc = 0xcafe_babe, csrcs = [], extensions = [], form = 'one-byte', payload = PAYLOAD }: RtpShape = {},
): Uint8Array {
  const bytes = new Uint8Array(3_000);
  const writer = new RtpPacketWriter().begin(bytes, 0, bytes.length, 96, true, sequenceNumber & 0xffff, 1_000, ssrc, form);
  for (const one of csrcs) writer.csrc(one);
  for (const [id, value] of extensions) writer.copyExtension(id, value, 0, value.length);
  return bytes.slice(0, writer.payload(payload).finish());
}

/** A receiver report without blocks, and something behind it. */
export function rtcp(ssrc = 0xcafe_babe): Uint8Array {
  const bytes = new Uint8Array(28).fill(0xab);
  bytes.set([0x80, 201, 0, 6, ssrc >>> 24, ssrc >>> 16, ssrc >>> 8, ssrc]);
  return bytes;
}

/** `packet` with room behind it. */
export function roomy(packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(packet.length + 64);
  bytes.set(packet);
  return bytes;
}

export function protectRtp(sender: SrtpSender, packet: Uint8Array): Uint8Array {
  const bytes = roomy(packet);
  const length = sender.protectRtp(bytes, 0, packet.length);
  if (length < 0) throw new Error(`refused: ${length}`);
  return bytes.slice(0, length);
}

export function protectRtcp(sender: SrtpSender, packet: Uint8Array): Uint8Array {
  const bytes = roomy(packet);
  const length = sender.protectRtcp(bytes, 0, packet.length);
  if (length < 0) throw new Error(`refused: ${length}`);
  return bytes.slice(0, length);
}

/** The packet, or why it was refused. The bytes handed in stay as they are. */
export function unprotectRtp(receiver: SrtpReceiver, packet: Uint8Array): Uint8Array | number {
  const bytes = packet.slice();
  const length = receiver.unprotectRtp(bytes, 0, bytes.length);
  return length < 0 ? length : bytes.slice(0, length);
}

export function unprotectRtcp(receiver: SrtpReceiver, packet: Uint8Array): Uint8Array | number {
  const bytes = packet.slice();
  const length = receiver.unprotectRtcp(bytes, 0, bytes.length);
  return length < 0 ? length : bytes.slice(0, length);
}

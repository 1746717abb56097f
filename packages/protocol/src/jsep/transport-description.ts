import type { Attribute, Fingerprint, IceParameters, Setup } from '../sdp/index.js';
import { formatFingerprint } from '../sdp/index.js';
import type { TransportGroup } from './bundle.js';

/** What a description says about one transport: the attributes of category TRANSPORT and CANDIDATE (RFC 8859 §4). */
export interface TransportDescription {
  readonly ice: IceParameters;
  readonly isIceLite: boolean;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: Setup;
  /** Names the DTLS association, so that a change of it is seen (RFC 8842 §5.2). Absent in answers to offers without it. */
  readonly tlsId: string | undefined;
  /** `candidate:…` lines without their `a=`, as far as gathered. */
  readonly candidates: readonly string[];
  readonly isGatheringComplete: boolean;
}

/** The lines that say how to reach and recognise `transport`. Candidates are added to the tagged section alone. */
export function transportAttributes(transport: TransportDescription): Attribute[] {
  return [
    { name: 'ice-ufrag', value: transport.ice.ufrag },
    { name: 'ice-pwd', value: transport.ice.password },
    ...transport.fingerprints.map(formatFingerprint),
    { name: 'setup', value: transport.setup },
    ...(transport.tlsId === undefined ? [] : [{ name: 'tls-id', value: transport.tlsId }]),
  ];
}

/** A transport of ours as its owner describes it; which part of DTLS it offers or answers with is decided here. */
export interface LocalTransport extends Omit<TransportDescription, 'setup'> {
  /** What is played already, and kept as long as the association is (RFC 8842 §5.3). */
  readonly role: 'client' | 'server' | undefined;
}

/** Describes the transport of a group of sections, an existing one or one that is made for it. */
export type DescribeTransport = (group: TransportGroup) => LocalTransport;

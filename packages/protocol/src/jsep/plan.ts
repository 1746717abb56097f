import {
  type Attribute,
  attributeValue,
  type Connection,
  formatGroup,
  hasAttribute,
  type MediaSection,
  type SctpParameters,
  type SessionTree,
} from '../sdp/index.js';
import type { TransportGroup } from './bundle.js';
import { describeCandidates } from './candidates.js';
import { describeData } from './data-section.js';
import { describeMedia, type MediaPlan } from './media/section.js';
import { type TransportDescription, transportAttributes } from './transport-description.js';

/** What one m-section of a description in the making is to say. Offer and answer decide; {@link describe} writes. */
export type SectionPlan =
  /** Data channels. `like` is the section answered, whose form is kept. */
  | { readonly type: 'data'; readonly mid: string; readonly sctp: SctpParameters; readonly like?: MediaSection }
  | { readonly type: 'media'; readonly mid: string; readonly media: MediaPlan }
  /** Port 0: refused, or given up (RFC 9429 §5.2.2, §5.3.1). */
  | { readonly type: 'rejected'; readonly like: MediaSection };

/** Identifies the session; the version grows with each new description (RFC 9429 §5.2.1). */
export interface SessionIdentity {
  /** Decimal, below 2^63. */
  readonly id: string;
  readonly version: number;
}

const DISCARD: { port: number; connections: readonly Connection[] } = {
  port: 9,
  connections: [{ networkType: 'IN', addressType: 'IP4', address: '0.0.0.0' }],
};

/** The mids that `plans` keep open, in order. */
export function openMids(plans: readonly SectionPlan[]): string[] {
  return plans.flatMap((plan) => (plan.type === 'rejected' ? [] : [plan.mid]));
}

/** How the sections of a description in the making are reached. */
export interface Transports {
  /** The transport of section `mid`; two sections are on one if it has the same ufrag. */
  of(mid: string): TransportDescription;
  /** Members of the BUNDLE groups (RFC 9143 §7); none where the other side knows no BUNDLE. */
  readonly bundles: readonly TransportGroup[];
  /** Sections that are there only if the other side bundles them (RFC 9143 §6). */
  readonly bundleOnly: ReadonlySet<string>;
}

/**
 * Writes a description of `plans`. `allowsMixedExtensions`: header extensions of one and of two bytes may come in one stream
 * (RFC 8285 §6).
 */
export function describe(
  identity: SessionIdentity,
  plans: readonly SectionPlan[],
  transports: Transports,
  allowsMixedExtensions: boolean,
): SessionTree {
  const leaders = leadersOf(plans, transports);
  const tree: SessionTree = {
    origin: {
      username: '-',
      sessionId: identity.id,
      sessionVersion: `${identity.version}`,
      networkType: 'IN',
      addressType: 'IP4',
      address: '0.0.0.0', // a meaningless one, so that no address leaks (RFC 9429 §5.2.1)
    },
    name: '-',
    emails: [],
    phones: [],
    bandwidths: [],
    timings: [{ time: '0 0', repeats: [] }],
    unknownLines: [],
    attributes: [
      ...transports.bundles.map((mids) => formatGroup({ semantics: 'BUNDLE', mids })),
      ...(allowsMixedExtensions ? [{ name: 'extmap-allow-mixed' }] : []),
      ...([...leaders.values()].some(({ isIceLite }) => isIceLite) ? [{ name: 'ice-lite' }] : []),
      { name: 'ice-options', value: 'trickle ice2' },
    ],
    media: plans.map((plan) => describeSection(plan, transports)),
  };
  let whole = tree;
  for (const [mid, { candidates, isGatheringComplete }] of leaders)
    whole = describeCandidates(whole, mid, candidates, isGatheringComplete);
  return whole;
}

/** The first section of each transport: candidates are told there. */
function leadersOf(plans: readonly SectionPlan[], transports: Transports): Map<string, TransportDescription> {
  const leaders = new Map<string, TransportDescription>();
  const seen = new Set<string>();
  for (const mid of openMids(plans)) {
    const transport = transports.of(mid);
    if (!seen.has(transport.ice.ufrag)) leaders.set(mid, transport);
    seen.add(transport.ice.ufrag);
  }
  return leaders;
}

function describeSection(plan: SectionPlan, transports: Transports): MediaSection {
  if (plan.type === 'rejected') return rejectedSection(plan.like);
  const isBundleOnly = transports.bundleOnly.has(plan.mid);
  const content = plan.type === 'data' ? describeData(plan.sctp, plan.like) : describeMedia(plan.media);
  // Deviates from RFC 9429 §5.2.2: bundled sections repeat the transport's attributes, as both browsers do, for peers that look there.
  const attributes: Attribute[] = [
    ...(isBundleOnly ? [{ name: 'bundle-only' }] : []),
    ...transportAttributes(transports.of(plan.mid)),
    { name: 'mid', value: plan.mid },
    ...content.attributes,
  ];
  return { ...content, ...DISCARD, ...(isBundleOnly && { port: 0 }), bandwidths: [], unknownLines: [], attributes };
}

function rejectedSection(like: MediaSection): MediaSection {
  const mid = attributeValue(like, 'mid');
  const attributes: Attribute[] = [];
  if (mid !== undefined) attributes.push({ name: 'mid', value: mid });
  if (like.kind === 'audio' || like.kind === 'video') attributes.push({ name: 'inactive' });
  if (hasAttribute(like, 'rtcp-mux')) attributes.push({ name: 'rtcp-mux' });
  return {
    kind: like.kind,
    port: 0,
    protocol: like.protocol,
    formats: like.formats,
    connections: DISCARD.connections,
    bandwidths: [],
    unknownLines: [],
    attributes,
  };
}

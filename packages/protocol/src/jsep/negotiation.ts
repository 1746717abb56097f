import type { SessionTree } from '../sdp/index.js';

/** What a description does (RFC 9429 §4.1.10); a rollback describes nothing and is {@link rollBack}. */
export type DescriptionType = 'offer' | 'pranswer' | 'answer';

/** Who made a description. */
export type Side = 'local' | 'remote';

/** A description as it was applied. Owners may keep more beside it: that is why {@link Negotiation} is generic. */
export interface Description {
  readonly type: DescriptionType;
  readonly tree: SessionTree;
}

/** What both ends agreed upon last. */
export interface Agreement<Applied extends Description = Description> {
  readonly local: Applied;
  readonly remote: Applied;
}

/**
 * Where an offer/answer exchange stands (RFC 9429 §3.2), with the descriptions that are in force (`current`) and those
 * that are only proposed.
 *
 *                         setRemote(OFFER)               setLocal(PRANSWER)
 *                             /-----\                               /-----\
 *                             |     |                               |     |
 *                             v     |                               v     |
 *              +---------------+    |                +---------------+    |
 *              |               |----/                |               |----/
 *              |  have-        | setLocal(PRANSWER)  | have-         |
 *              |  remote-offer |------------------- >| local-pranswer|
 *              |               |                     |               |
 *              +---------------+                     +---------------+
 *                   ^   |                                   |
 *                   |   | setLocal(ANSWER)                  |
 *     setRemote(OFFER)  |                                   |
 *                   |   V                  setLocal(ANSWER) |
 *              +---------------+                            |
 *              |     stable    |<---------------------------+
 *              +---------------+
 *
 * and the same with the sides exchanged.
 */
export type Negotiation<Applied extends Description = Description> =
  | { readonly name: 'stable'; readonly current: Agreement<Applied> | undefined }
  | { readonly name: 'have-local-offer'; readonly current: Agreement<Applied> | undefined; readonly local: Applied }
  | { readonly name: 'have-remote-offer'; readonly current: Agreement<Applied> | undefined; readonly remote: Applied }
  | ({ readonly name: 'have-local-pranswer'; readonly current: Agreement<Applied> | undefined } & Agreement<Applied>)
  | ({ readonly name: 'have-remote-pranswer'; readonly current: Agreement<Applied> | undefined } & Agreement<Applied>);

/** Nothing said yet. */
export const NEW_NEGOTIATION: Negotiation<never> = { name: 'stable', current: undefined };

/** Whether a description of this type from this side may come now (RFC 9429 §5.5, §5.6). */
export function mayApply(negotiation: Negotiation, side: Side, type: DescriptionType): boolean {
  const own = side === 'local' ? 'have-local' : 'have-remote';
  const other = side === 'local' ? 'have-remote' : 'have-local';
  if (type === 'offer') return negotiation.name === 'stable' || negotiation.name === `${own}-offer`;
  return negotiation.name === `${other}-offer` || negotiation.name === `${own}-pranswer`;
}

/** Where things stand after `description`; undefined if it may not come now. */
export function applyDescription<Applied extends Description>(
  negotiation: Negotiation<Applied>,
  side: Side,
  description: Applied,
): Negotiation<Applied> | undefined {
  if (!mayApply(negotiation, side, description.type)) return undefined;
  const { current } = negotiation;
  if (description.type === 'offer') {
    if (side === 'local') return { name: 'have-local-offer', current, local: description };
    return { name: 'have-remote-offer', current, remote: description };
  }
  const agreement = agreementWith(negotiation, side, description);
  if (!agreement) return undefined;
  if (description.type === 'answer') return { name: 'stable', current: agreement };
  return { name: side === 'local' ? 'have-local-pranswer' : 'have-remote-pranswer', current, ...agreement };
}

function agreementWith<Applied extends Description>(
  negotiation: Negotiation<Applied>,
  side: Side,
  answer: Applied,
): Agreement<Applied> | undefined {
  if (side === 'local') return 'remote' in negotiation ? { local: answer, remote: negotiation.remote } : undefined;
  return 'local' in negotiation ? { local: negotiation.local, remote: answer } : undefined;
}

/** The stable state before the offer at hand; undefined where there is none to take back (W3C webrtc, "set a session description"). */
export function rollBack<Applied extends Description>(negotiation: Negotiation<Applied>): Negotiation<Applied> | undefined {
  if (negotiation.name !== 'have-local-offer' && negotiation.name !== 'have-remote-offer') return undefined;
  return { name: 'stable', current: negotiation.current };
}

/** The proposed description of `side`, if there is one. */
export function pendingOf<Applied extends Description>(negotiation: Negotiation<Applied>, side: Side): Applied | undefined {
  if (side === 'local') return 'local' in negotiation ? negotiation.local : undefined;
  return 'remote' in negotiation ? negotiation.remote : undefined;
}

/** The agreed description of `side`, if there is one. */
export function currentOf<Applied extends Description>(negotiation: Negotiation<Applied>, side: Side): Applied | undefined {
  return negotiation.current?.[side];
}

/** The latest description of `side`: proposed, else agreed. */
export function latestOf<Applied extends Description>(negotiation: Negotiation<Applied>, side: Side): Applied | undefined {
  return pendingOf(negotiation, side) ?? currentOf(negotiation, side);
}

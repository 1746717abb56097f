import type { RandomSource } from '@maru/protocol/core';
import type { TransportOutcome } from '@maru/protocol/jsep';
import { parseFingerprint } from '@maru/protocol/sdp';
import { type OfferOwn, offerOf } from './offer-layout.js';
import {
  type AnsweredOffer,
  answerOffer,
  type OfferLimits,
  type OurTransport,
  type ParticipantDescription,
  readOffer,
} from './participant-description.js';
import type { MediaSections } from './sections.js';
import { type SlotUse, sourcesFor } from './slot-sources.js';
import { TextTemplate } from './text-template.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const TOKEN_CHARACTERS = 24;
const FINGERPRINT_BYTES = 32;
/** Numbers of ten digits, as tokens that are SSRCs. */
const LEAST_SSRC_TOKEN = 1_000_000_000;

/** What differs between the answers to offers of one layout, and between what is remembered of them. */
interface Values {
  readonly id: string;
  readonly cname: string;
  readonly ours: { readonly ufrag: string; readonly password: string };
  readonly theirs: Omit<OfferOwn, 'ssrcs'>;
}

/** What an offer that was answered by a template is remembered by: the template, and what was its own. */
class TemplateAgreement {
  constructor(
    private readonly template: AnswerTemplate,
    private readonly values: Values,
  ) {}

  get local(): string {
    return this.template.local.fill(valuesOf(this.values));
  }

  get remote(): string {
    return this.template.remote.fill(valuesOf(this.values));
  }
}

/**
 * How offers of one layout are answered, where they ask for slots and send nothing: made once by answering such an offer with tokens in place
 * of all that is somebody's own, and from then on by putting in what is. Whoever is answered so shares with the others what all have alike.
 */
export class AnswerTemplate {
  private constructor(
    private readonly answer: TextTemplate,
    /** What later offers are compared with. */
    readonly local: TextTemplate,
    readonly remote: TextTemplate,
    private readonly uses: ReadonlyMap<string, SlotUse>,
    private readonly transport: TransportOutcome,
    private readonly outcome: Pick<AnsweredOffer, 'sections' | 'sectionCount' | 'extensions' | 'data'>,
  ) {}

  /** Undefined where each offer has to be answered by itself. */
  static of(
    layout: string,
    limits: OfferLimits,
    ours: Omit<OurTransport, 'ice'>,
    preferred: readonly string[],
    random: RandomSource,
  ): AnswerTemplate | undefined {
    const values = newTokens(random);
    const before: ParticipantDescription = { agreed: undefined, identity: { id: values.id, version: 1 }, sources: new Map() };
    const offer = readOffer(before, offerOf(layout, values.theirs), limits);
    if (!('tree' in offer)) return undefined;
    const ssrcs = new SsrcTokens(random, `${layout} ${ours.candidates.join(' ')}`);
    const answered = answerOffer(before, offer, { ...ours, ice: values.ours }, { preferred, cname: values.cname }, ssrcs);
    const { description, transport, sections, sectionCount, extensions, data } = answered;
    if (!transport || !description.agreed || sections.sending.length > 0) return undefined;
    const tokens = [...valuesOf(values), ...ssrcs.drawn];
    const { local, remote } = description.agreed;
    return new AnswerTemplate(
      TextTemplate.of(answered.sdp, tokens),
      TextTemplate.of(local, tokens),
      TextTemplate.of(remote, tokens),
      description.sources,
      transport,
      { sections, sectionCount, extensions, data },
    );
  }

  /** What `answerOffer` would say to an offer of this layout that has `own`, where it was the first. */
  fill(
    { identity }: ParticipantDescription,
    { ssrcs, ...theirs }: OfferOwn,
    ours: OurTransport['ice'],
    cname: string,
    random: RandomSource,
  ): AnsweredOffer {
    const sources = sourcesFor(new Map(), this.uses, new Set(ssrcs), random);
    const { ufrag, password } = ours;
    const values: Values = { id: identity.id, cname, ours: { ufrag, password }, theirs };
    const texts = valuesOf(values);
    for (const { ssrc, rtxSsrc } of sources.values()) texts.push(`${ssrc}`, `${rtxSsrc}`);
    const { sections, sectionCount, extensions, data } = this.outcome;
    return {
      description: {
        agreed: new TemplateAgreement(this, values),
        identity: { ...identity, version: identity.version + 1 },
        sources,
      },
      sdp: this.answer.fill(texts),
      sectionCount,
      transport: {
        ...this.transport,
        remoteIce: { ufrag: theirs.ufrag, password: theirs.password },
        remoteFingerprints: [parseFingerprint(theirs.fingerprint)!],
      },
      sections: { sending: [], slots: slotsOf(sections, sources) },
      extensions,
      data,
    };
  }
}

function slotsOf({ slots }: MediaSections, sources: ReturnType<typeof sourcesFor>): MediaSections['slots'] {
  return slots.map((slot) => {
    const { ssrc, rtxSsrc } = sources.get(slot.mid)!;
    return { ...slot, ssrc, ...(slot.rtxSsrc !== undefined && { rtxSsrc }) };
  });
}

function valuesOf({ id, cname, ours, theirs }: Values): string[] {
  return [id, cname, ours.ufrag, ours.password, theirs.ufrag, theirs.password, theirs.fingerprint];
}

function newTokens(random: RandomSource): Values {
  const word = (): string => Array.from({ length: TOKEN_CHARACTERS }, () => LETTERS[random.uint32() % LETTERS.length]).join('');
  const bytes = new Uint8Array(FINGERPRINT_BYTES);
  random.fill(bytes);
  const fingerprint = `sha-256 ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':')}`;
  const credentials = () => ({ ufrag: word(), password: word() });
  return { id: word(), cname: word(), ours: credentials(), theirs: { ...credentials(), fingerprint } };
}

/** Draws SSRCs that stand in none of `others` and can be found again. */
class SsrcTokens implements RandomSource {
  readonly drawn: string[] = [];

  constructor(
    private readonly random: RandomSource,
    private readonly others: string,
  ) {}

  uint32(): number {
    for (;;) {
      const ssrc = this.random.uint32();
      const token = `${ssrc}`;
      if (ssrc < LEAST_SSRC_TOKEN || this.others.includes(token) || this.drawn.includes(token)) continue;
      this.drawn.push(token);
      return ssrc;
    }
  }

  fill(target: Uint8Array): void {
    this.random.fill(target);
  }
}

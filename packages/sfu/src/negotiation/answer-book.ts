import { copied, type RandomSource } from '@maru/protocol/core';
import type { JsepFault } from '@maru/protocol/jsep';
import type { SdpMalformed } from '@maru/protocol/sdp';
import { AnswerTemplate } from './answer-template.js';
import { type OfferOwn, splitOffer } from './offer-layout.js';
import {
  type AnsweredOffer,
  type AnswerWishes,
  answerOffer,
  type OfferLimits,
  type OurTransport,
  type ParticipantDescription,
  type ReadOffer,
  readOffer,
} from './participant-description.js';

/** One for each kind of client and number of slots, a few more where their versions differ. */
const MAX_LAYOUTS = 24;
/** For each layout: what everybody in a session decodes differs between sessions. */
const MAX_TEMPLATES = 4;

/** How offers of one layout are answered, by the codecs that are preferred; undefined: each by itself. */
type LayoutTemplates = Map<string, AnswerTemplate | undefined>;

/** An offer of a layout that has been answered before. */
interface KnownOffer {
  readonly isRestart: false;
  readonly text: string;
  readonly layout: string;
  readonly own: OfferOwn;
  readonly templates: LayoutTemplates;
}

/** An offer of a layout that has not, or that is not the first of its client's. */
interface OtherOffer extends ReadOffer {
  readonly layout?: string;
}

/** An offer that may be answered now. */
export type OfferAtHand = KnownOffer | OtherOffer;

/**
 * How a worker answers. Clients of one kind make offers that differ in credentials only: the second one of a layout is answered by a template,
 * and so are all after it.
 */
export class AnswerBook {
  /** The one that was used last stands last. */
  private readonly layouts = new Map<string, LayoutTemplates>();

  constructor(
    private readonly ours: Omit<OurTransport, 'ice'>,
    private readonly limits: OfferLimits,
    private readonly random: RandomSource,
  ) {}

  /** Reads a client's offer, and whether it may be said now. */
  read(description: ParticipantDescription, text: string): OfferAtHand | JsepFault | SdpMalformed {
    const split = description.agreed === undefined ? splitOffer(text) : undefined;
    const known = split && this.layouts.get(split.layout);
    if (split && known) {
      this.use(split.layout, known);
      return { isRestart: false, text, layout: split.layout, own: copied(split.own), templates: known };
    }
    const read = readOffer(description, text, this.limits);
    return split && 'tree' in read ? { ...read, layout: split.layout } : read;
  }

  answer(description: ParticipantDescription, offer: OfferAtHand, ice: OurTransport['ice'], wishes: AnswerWishes): AnsweredOffer {
    const { random } = this;
    const ours = { ...this.ours, ice };
    if ('tree' in offer) {
      const answered = answerOffer(description, offer, ours, wishes, random);
      const isAlike = answered.transport !== undefined && answered.sections.sending.length === 0;
      if (isAlike && offer.layout !== undefined) this.use(offer.layout, new Map());
      return answered;
    }
    const template = this.templateFor(offer, wishes.preferred);
    if (template) return template.fill(description, offer.own, ice, wishes.cname, random);
    const read = readOffer(description, offer.text, this.limits);
    if (!('tree' in read)) throw new Error('of two offers of one layout one can be answered and the other cannot');
    return answerOffer(description, read, ours, wishes, random);
  }

  private use(layout: string, templates: LayoutTemplates): void {
    this.layouts.delete(layout);
    this.layouts.set(layout, templates);
    if (this.layouts.size <= MAX_LAYOUTS) return;
    const [oldest] = this.layouts.keys();
    if (oldest !== undefined) this.layouts.delete(oldest);
  }

  private templateFor({ layout, templates }: KnownOffer, preferred: readonly string[]): AnswerTemplate | undefined {
    const key = preferred.join();
    if (!templates.has(key)) {
      if (templates.size >= MAX_TEMPLATES) templates.clear();
      templates.set(key, AnswerTemplate.of(layout, this.limits, this.ours, preferred, this.random));
    }
    return templates.get(key);
  }
}

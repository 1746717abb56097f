import { iceParametersOf, parseFingerprint } from '@maru/protocol/sdp';

/** What is each client's own in its first offer. */
export interface OfferOwn {
  readonly ufrag: string;
  readonly password: string;
  /** The value of `a=fingerprint`. */
  readonly fingerprint: string;
  /** As they are named, more than once if they are. */
  readonly ssrcs: readonly number[];
}

/** An offer in two: what it has alike with the offers of all clients of its kind, and the rest. */
export interface SplitOffer {
  /** The offer with {@link HOLE} in place of what is the client's own. */
  readonly layout: string;
  readonly own: OfferOwn;
}

/** Stands in no description. */
const HOLE = '\0';
/** Longer ones are of nobody who comes by the hundred. */
const MAX_CHARACTERS = 32_768;

const OWN_LINES = /(^|\n)(o=|a=ice-ufrag:|a=ice-pwd:|a=fingerprint:|a=ssrc:)([^\r\n]*)/g;
const HOLES = /(o=|a=ice-ufrag:|a=ice-pwd:|a=fingerprint:|a=ssrc:)\0/g;

/**
 * Splits an offer; undefined where something of its own is missing, is not what it should be, or is not the same in all sections. Offers of
 * one layout are then valid together or not at all, and their answers differ in what is our own.
 */
export function splitOffer(text: string): SplitOffer | undefined {
  if (text.length > MAX_CHARACTERS || text.includes(HOLE)) return undefined;
  const found = new Map<string, string>();
  const ssrcs: number[] = [];
  let isOrdinary = true;
  const layout = text.replace(OWN_LINES, (_line, start: string, name: string, value: string) => {
    if (name === 'a=ssrc:') {
      isOrdinary &&= /^\d{1,10} cname:/.test(value);
      ssrcs.push(Number.parseInt(value, 10));
    } else {
      isOrdinary &&= (found.get(name) ?? value) === value;
      found.set(name, value);
    }
    return `${start}${name}${HOLE}`;
  });
  const [ufrag = '', password = ''] = [found.get('a=ice-ufrag:'), found.get('a=ice-pwd:')];
  const fingerprint = found.get('a=fingerprint:') ?? '';
  isOrdinary &&= /^\S+ \d+ \d+ \S+ \S+ \S+$/.test(found.get('o=') ?? '') && isCredentials(ufrag, password);
  if (!isOrdinary || !parseFingerprint(fingerprint)) return undefined;
  return { layout, own: { ufrag, password, fingerprint, ssrcs } };
}

/** An offer of this layout. */
export function offerOf(layout: string, { ufrag, password, fingerprint }: Omit<OfferOwn, 'ssrcs'>): string {
  const values: Readonly<Record<string, string>> = {
    'o=': '- 1 1 IN IP4 127.0.0.1',
    'a=ice-ufrag:': ufrag,
    'a=ice-pwd:': password,
    'a=fingerprint:': fingerprint,
    'a=ssrc:': '1 cname:-',
  };
  return layout.replace(HOLES, (_hole, name: string) => `${name}${values[name]}`);
}

function isCredentials(ufrag: string, password: string): boolean {
  const attributes = [
    { name: 'ice-ufrag', value: ufrag },
    { name: 'ice-pwd', value: password },
  ];
  const level = { bandwidths: [], unknownLines: [], attributes };
  return iceParametersOf(level, level) !== undefined;
}

/** The longest text that can be a code with its link; more was pasted by mistake. */
const MAX_TEXT_LENGTH = 20_000;

/** What codes are made of: base64url, with dots or tildes between parts. */
const CODE = /^[A-Za-z0-9_.~-]{16,}$/;
/** Shorter words of a message are words. */
const MIN_PIECE_LENGTH = 16;
/** Lines up to this length may have been broken by a mail program; a longer one has not been. */
const MAX_BROKEN_LINE_LENGTH = 120;
/** Characters that messengers slip in unseen: zero-width ones, soft hyphens, byte order marks. */
const UNSEEN = /[\u00ad\u200b-\u200d\u2060\ufeff]+/g;

/**
 * Finds the code in whatever a person pasted or scanned: the bare code, a link with the code behind `#`, either of them in the middle
 * of a message or broken over lines. `undefined` when there is none.
 */
export function codeFromText(text: string): string | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  const lines = text.replace(UNSEEN, '').split(/\r\n|\r|\n/);
  for (const [index, line] of lines.entries()) {
    for (const word of line.split(/[ \t]+/)) {
      const begin = bareCode(word);
      if (begin === undefined) continue;
      const whole = line.endsWith(word) ? begin + continuation(lines, index) : begin;
      return bareCode(whole);
    }
  }
  return undefined;
}

/** What a word holds of a code: what follows its `#`, without quotation marks and brackets. */
function bareCode(word: string): string | undefined {
  const code = word.slice(word.lastIndexOf('#') + 1).replace(/^["'<([]+|["'>)\].,;!?]+$/g, '');
  return code.length >= MIN_PIECE_LENGTH && CODE.test(code) ? code : undefined;
}

/** The rest of a code that was broken into lines of one width: whole lines as wide as the first, then one that is not. */
function continuation(lines: readonly string[], first: number): string {
  const width = lines[first]?.trim().length ?? 0;
  let rest = '';
  if (width > MAX_BROKEN_LINE_LENGTH) return rest;
  for (const line of lines.slice(first + 1)) {
    const piece = line.trim();
    if (!/^[A-Za-z0-9_.~-]+[>"')\]]*$/.test(piece)) break;
    rest += piece;
    if (piece.length !== width) break;
  }
  return rest;
}

/**
 * What to pass on: a link where the page has an address that the other can open too, the bare code where it is a file of one's own.
 * @param page the address of this page
 */
export function shareTextFor(code: string, page: URL): string {
  if (page.protocol !== 'http:' && page.protocol !== 'https:') return code;
  const link = new URL(page.pathname, page.origin);
  link.hash = code;
  return link.href;
}

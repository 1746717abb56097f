const HANGUL = /^[가-힣]{2,}$/;

/** One or two characters that stand for a name: 민지 for 김민지, MK for Minji Kim. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const [first, ...rest] = words;
  if (!first) return '·';
  if (words.length === 1 && HANGUL.test(first)) return first.length > 2 ? first.slice(-2) : first;
  const last = rest.at(-1);
  return (leading(first) + (last ? leading(last) : '')).toLocaleUpperCase();
}

/** The first character as a reader sees it: an emoji or an accented letter is one. */
function leading(word: string): string {
  const [segment] = new Intl.Segmenter().segment(word);
  return segment?.segment ?? '';
}

/** One of `count` things, always the same for the same text: the wood behind somebody's initials. */
export function oneOf(text: string, count: number): number {
  let hash = 2_166_136_261; // FNV-1a
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619);
  return (hash >>> 0) % count;
}

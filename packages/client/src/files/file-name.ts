/** Longest name, in characters: file systems allow 255 bytes. */
const MAX_CHARS = 120;
/** Names that Windows keeps for devices, whatever follows the first dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Controls, and the marks that reverse or hide parts of a text: `gpj.exe` must not be shown as `exe.jpg`. */
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** A name as somebody else gave it, made safe to show and to save under: no folders, nothing invisible, nothing that a system reserves. */
export function safeFileName(name: string): string {
  const last = name.normalize('NFC').replace(INVISIBLE, '').split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .replace(/[<>:"|?*]/g, '_')
    .replace(/^[. ]+|[. ]+$/g, '')
    .trim();
  if (plain === '') return 'file';
  return shorten(DEVICE.test(plain) ? `_${plain}` : plain);
}

/** Keeps the ending, by which people and systems know what a file is. */
function shorten(name: string): string {
  const signs = [...name];
  if (signs.length <= MAX_CHARS) return name;
  const ending = /\.[^.]{1,12}$/.exec(name)?.[0] ?? '';
  return signs.slice(0, MAX_CHARS - [...ending].length).join('') + ending;
}

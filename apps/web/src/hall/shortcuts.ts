/** What the keyboard can do in the hall. */
export type Shortcut =
  | 'microphone'
  | 'camera'
  | 'screen'
  | 'chat'
  | 'people'
  | 'files'
  | 'hand'
  | 'layout'
  | 'help'
  | 'escape'
  | 'talk';

const BY_LETTER: Readonly<Record<string, Shortcut>> = {
  m: 'microphone',
  v: 'camera',
  s: 'screen',
  c: 'chat',
  p: 'people',
  f: 'files',
  h: 'hand',
  l: 'layout',
};

/** The keys as they are listed in the help, in its order. */
export const SHORTCUT_KEYS: readonly (readonly [key: string, shortcut: Shortcut])[] = [
  ['M', 'microphone'],
  ['V', 'camera'],
  ['S', 'screen'],
  ['C', 'chat'],
  ['P', 'people'],
  ['F', 'files'],
  ['H', 'hand'],
  ['L', 'layout'],
  ['?', 'help'],
];

type Key = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing'>;

/**
 * What a key means, when the focus is not in a text. A key that writes no Latin letter (Korean or Russian input) is known by its place on
 * the keyboard instead, so that M is M whatever the input language.
 */
export function shortcutOf({ key, code, ctrlKey, metaKey, altKey, isComposing }: Key): Shortcut | undefined {
  if (ctrlKey || metaKey || altKey || isComposing) return undefined;
  if (key === 'Escape') return 'escape';
  if (key === ' ') return 'talk';
  if (key === '?') return 'help';
  const letter = /^[a-zA-Z]$/.test(key)
    ? key.toLowerCase()
    : key > '\u007f'
      ? /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase()
      : undefined;
  return letter === undefined ? undefined : BY_LETTER[letter];
}

/** Whether somebody is writing there, or choosing: keys are theirs then. */
export function takesKeys(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

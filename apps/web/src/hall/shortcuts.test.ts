import { expect, test } from 'vitest';
import { shortcutOf } from './shortcuts.js';

const press = (key: string, code = '', more: Partial<KeyboardEvent> = {}) =>
  shortcutOf({ key, code, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, ...more });

test.each([
  ['m', 'KeyM', 'microphone'],
  ['M', 'KeyM', 'microphone'],
  ['ㅡ', 'KeyM', 'microphone'],
  ['м', 'KeyV', 'camera'],
  ['m', 'Semicolon', 'microphone'],
  ['?', 'Slash', 'help'],
  [' ', 'Space', 'talk'],
  ['Escape', 'Escape', 'escape'],
  ['x', 'KeyX', undefined],
  ['Enter', 'Enter', undefined],
  ['1', 'Digit1', undefined],
])('%j (%s) is %s', (key, code, shortcut) => {
  expect(press(key, code)).toBe(shortcut);
});

test('keys with Ctrl, Alt or Meta are the browser’s, and composed ones the writer’s', () => {
  for (const held of ['ctrlKey', 'metaKey', 'altKey', 'isComposing'] as const)
    expect(press('m', 'KeyM', { [held]: true })).toBeUndefined();
});

import { expect, test } from 'vitest';
import { chooseStage, SpeakerChooser } from './stage.js';
import type { TileView } from './views.js';

const tile = (key: string, more: Partial<TileView> = {}): TileView => ({
  key,
  personId: key,
  kind: 'camera',
  name: key,
  isSelf: false,
  picture: null,
  mirrored: false,
  micMuted: false,
  handRaised: false,
  pinned: false,
  state: 'there',
  quality: undefined,
  level: () => 0,
  ...more,
});
const self = tile('me', { isSelf: true });
const none = { layout: 'grid', pinnedKey: undefined, speakerId: undefined } as const;

test('all are equal until something takes the stage', () => {
  const tiles = [self, tile('a'), tile('b')];
  expect(chooseStage(tiles, none)).toEqual({ main: undefined, others: tiles });
});

test('a shared screen takes the stage and gives it back', () => {
  const screen = tile('a:screen', { kind: 'screen', personId: 'a' });
  expect(chooseStage([self, tile('a'), screen], none).main).toBe(screen);
  expect(chooseStage([self, tile('a')], none).main).toBeUndefined();
});

test('of two shared screens the newer one has the stage', () => {
  const screens = [tile('a:1', { kind: 'screen' }), tile('b:1', { kind: 'screen' })];
  expect(chooseStage([self, ...screens], none).main).toBe(screens[1]);
});

test('a pinned person stays, whoever shares or speaks', () => {
  const tiles = [self, tile('a'), tile('b'), tile('b:screen', { kind: 'screen' })];
  expect(chooseStage(tiles, { layout: 'speaker', pinnedKey: 'a', speakerId: 'b' }).main?.key).toBe('a');
});

test('a pin whose person left holds nothing', () => {
  expect(chooseStage([self, tile('a')], { ...none, pinnedKey: 'gone' }).main).toBeUndefined();
});

test('in the speaker arrangement whoever speaks is large, and never oneself', () => {
  const tiles = [self, tile('a'), tile('b')];
  expect(chooseStage(tiles, { layout: 'speaker', pinnedKey: undefined, speakerId: 'b' }).main?.key).toBe('b');
  expect(chooseStage(tiles, { layout: 'speaker', pinnedKey: undefined, speakerId: 'me' }).main?.key).toBe('a');
  expect(chooseStage([self], { layout: 'speaker', pinnedKey: undefined, speakerId: 'me' }).main).toBeUndefined();
});

test('a cough does not take the stage', () => {
  const chooser = new SpeakerChooser();
  chooser.hear(0, new Set(['a']));
  chooser.hear(600, new Set(['a']));
  expect(chooser.current).toBe('a');
  chooser.hear(4_000, new Set(['b']));
  chooser.hear(4_200, new Set());
  chooser.hear(5_000, new Set());
  expect(chooser.current).toBe('a');
});

test('the stage does not flicker between two who laugh', () => {
  const chooser = new SpeakerChooser();
  let changes = 0;
  for (let now = 0; now <= 5_000; now += 200) {
    const speaking = new Set(now % 400 === 0 ? ['a', 'b'] : ['b']);
    if (chooser.hear(now, speaking)) changes += 1;
  }
  expect(changes).toBe(1);
});

test('somebody who leaves is no longer the speaker', () => {
  const chooser = new SpeakerChooser();
  chooser.hear(0, new Set(['a']));
  chooser.hear(700, new Set(['a']));
  chooser.forget('a');
  expect(chooser.current).toBeUndefined();
});

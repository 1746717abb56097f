import { expect, test } from 'vitest';
import { passthroughOf } from './program.js';

test.each([
  ['ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021', '-vsync'],
  ['ffmpeg version 5.0.1 Copyright', '-vsync'],
  ['ffmpeg version 5.1.9-0+deb12u1 Copyright', '-fps_mode'],
  ['ffmpeg version n7.1 Copyright', '-fps_mode'],
  ['ffmpeg version 9.0-full_build-www.gyan.dev Copyright', '-fps_mode'],
  ['ffmpeg version N-118000-gabcdef Copyright', '-fps_mode'],
])('%s takes %s', (banner, option) => {
  expect(passthroughOf(banner)).toEqual([option, 'passthrough']);
});

// For releases: compiles @maru/native and lays the binary where npm packages carry it, packages/native/prebuilds.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildNative } from './house/native.mjs';
import { run, say } from './house/say.mjs';
import { must, ROOT } from './house/sh.mjs';

await run(async () => {
  await buildNative();
  const folder = join(ROOT, 'packages/native');
  const target = join(folder, `prebuilds/${process.platform}-${process.arch}`);
  mkdirSync(target, { recursive: true });
  const binary = join(target, 'maru.node');
  copyFileSync(join(folder, 'build/Release/maru.node'), binary);
  await must('strip', ['--strip-unneeded', binary], 'Install binutils: apt-get install binutils');
  say(`Written: ${binary}`);
});

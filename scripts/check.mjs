// Types, format and lint, import directions: the answers that come first.
import { join } from 'node:path';
import { layerViolations } from './house/layers.mjs';
import { run, Stop, say } from './house/say.mjs';
import { must, ROOT } from './house/sh.mjs';

const bin = (name) => join(ROOT, 'node_modules/.bin', name);

await run(async () => {
  await must(bin('tsc'), ['-b'], 'Mend the type errors above.', { capture: true });
  await must(bin('tsc'), ['-p', 'tsconfig.tests.json'], 'Mend the type errors above.', { capture: true });
  await must(bin('biome'), ['check', '--error-on-warnings', '.'], 'Run "npm run format"; mend by hand what is left.', {
    capture: true,
  });
  const violations = layerViolations();
  if (violations.length > 0)
    throw new Stop(`Imports against the arrows:\n${violations.join('\n')}`, 'See CONTRIBUTING.md, "Where things are".');
  say('Types, lint and import directions are right.');
});

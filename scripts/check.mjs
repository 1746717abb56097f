// Types, format and lint, import directions: the answers that come first.
import { join } from 'node:path';
import { layerViolations } from './house/layers.mjs';
import { run, Stop, say } from './house/say.mjs';
import { must, ROOT } from './house/sh.mjs';
import { tell } from './house/tally.mjs';

const bin = (name) => join(ROOT, 'node_modules/.bin', name);
const MEND_TYPES = 'Mend the type errors above.';

const CHECKS = [
  async () => {
    await must(bin('tsc'), ['-b'], MEND_TYPES, { capture: true });
    await must(bin('tsc'), ['-p', 'tsconfig.tests.json'], MEND_TYPES, { capture: true });
  },
  () =>
    must(bin('biome'), ['check', '--error-on-warnings', '.'], 'Run "npm run format"; mend by hand what is left.', {
      capture: true,
    }),
  async () => {
    const violations = layerViolations();
    if (violations.length > 0)
      throw new Stop(`Imports against the arrows:\n${violations.join('\n')}`, 'See CONTRIBUTING.md, "Where things are".');
  },
];

await run(async () => {
  const outcomes = await Promise.allSettled(CHECKS.map((check) => check()));
  const problems = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  tell({ passed: CHECKS.length - problems.length, failed: problems.length, skipped: 0 });
  const foreign = problems.find((problem) => !(problem instanceof Stop));
  if (foreign) throw foreign;
  if (problems.length > 0)
    throw new Stop(problems.map(({ message }) => message).join('\n\n'), problems.map(({ cure }) => cure).join('\n      '));
  say('Types, lint and import directions are right.');
});

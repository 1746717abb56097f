import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { anchorsOf, documentsBelow, examplesOf, linksOf } from './markdown.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const documents = documentsBelow(ROOT);

/** Why a link leads nowhere; undefined when it is well. */
function problemOf(from: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined; // elsewhere: not ours to promise
  const [path = '', anchor] = link.split('#');
  const target = path ? join(ROOT, dirname(from), decodeURI(path)) : join(ROOT, from);
  if (!existsSync(target)) return `${from}: ${link} does not exist`;
  if (anchor && target.endsWith('.md') && !anchorsOf(readFileSync(target, 'utf8')).has(anchor))
    return `${from}: ${link} has no such heading`;
  return undefined;
}

test('every link and image in the documents leads somewhere', () => {
  expect(documents.length).toBeGreaterThan(10);
  expect(documents.flatMap(({ path, text }) => linksOf(text).flatMap((link) => problemOf(path, link) ?? []))).toEqual([]);
});

test('both READMEs show the same sections, examples and links', () => {
  const shapeOf = (name: string) => {
    const text = readFileSync(join(ROOT, name), 'utf8');
    return {
      headings: [...text.matchAll(/^#+ /gm)].length,
      links: linksOf(text)
        .filter((link) => !link.startsWith('README') && !link.startsWith('docs/images/'))
        .sort(),
      imports: examplesOf(text).map((code) => code.split('\n')[0]),
    };
  };
  expect(shapeOf('README.ko.md')).toEqual(shapeOf('README.md'));
});

test('every TypeScript example in the documents compiles against the sources', { timeout: 120_000 }, async () => {
  // below node_modules, so that packages are found as a reader's own project finds them
  const folder = join(ROOT, 'node_modules/.cache/documents');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(import.meta.dirname, 'given.d.mts'), join(folder, 'given.d.mts'));
  for (const { path, text } of documents) {
    examplesOf(text).forEach((code, i) => {
      writeFileSync(join(folder, `${path.replace(/[/.]/g, '-')}-${i + 1}.mts`), `${code}\nexport {};\n`);
    });
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../../tsconfig.tests.json',
      compilerOptions: { rootDir: '../../..', incremental: false, noUnusedLocals: false, noUnusedParameters: false },
      include: ['./*.mts'],
      exclude: [],
    }),
  );
  const output = await new Promise<string>((done) =>
    execFile(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: folder }, (error, stdout) =>
      done(error ? stdout || String(error) : ''),
    ),
  );
  expect(output).toBe('');
});

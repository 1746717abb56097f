// What the repository's documents hold that can be wrong: links, images, examples.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const SKIPPED = new Set(['node_modules', 'dist', 'build', 'vectors', '.git', '.maru']);

/**
 * All Markdown files below `root`, by their path from there.
 * @param {string} root
 * @returns {{ path: string, text: string }[]}
 */
export function documentsBelow(root) {
  const found = [];
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) visit(path);
      else if (entry.isFile() && entry.name.endsWith('.md'))
        found.push({ path: relative(root, path), text: readFileSync(path, 'utf8') });
    }
  };
  visit(root);
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

/**
 * Where links and images lead, without what stands in code.
 * @param {string} text
 * @returns {string[]}
 */
export function linksOf(text) {
  const prose = text
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/^ {4}.*$/gm, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}

/**
 * The names of headings as links use them.
 * @param {string} text
 * @returns {Set<string>}
 */
export function anchorsOf(text) {
  const headings = [...text.matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}

/**
 * TypeScript examples, in order.
 * @param {string} text
 * @returns {string[]}
 */
export function examplesOf(text) {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
}

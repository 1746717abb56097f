import { COTURN_OPTIONS } from './import-coturn.js';
import type { CoturnOption } from './option.js';

/** The options as a Markdown table: line, here, remark. docs/coturn.md carries it. */
export function coturnTable(): string {
  return COTURN_OPTIONS.map(
    ([group, options]) =>
      `### ${group}\n\n| turnserver.conf | here | remark |\n|---|---|---|\n${options.map(rowOf).join('\n')}\n`,
  ).join('\n');
}

function rowOf({ names, here, remark }: CoturnOption): string {
  const written = names.filter((name) => name.length > 1).map((name) => `\`${name}\``);
  return `| ${written.join(', ')} | ${cell(here || '–')} | ${cell(remark || 'The same.')} |`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

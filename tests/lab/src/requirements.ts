import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const PROGRAMS = ['ip', 'nft', 'conntrack', 'ethtool', 'python3', 'turnserver', 'openssl'];
const DIRECTORIES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];

/** What keeps the lab from being laid out here, in words; undefined when nothing does. */
export function missingForLab(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'it needs root: sudo npm test -- lab';
  const missing = PROGRAMS.filter((program) => !DIRECTORIES.some((directory) => existsSync(join(directory, program))));
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined;
}

/** The title of a suite, and why it is skipped where it is. */
export function titled(title: string): string {
  const missing = missingForLab();
  return missing ? `${title} (skipped: ${missing})` : title;
}

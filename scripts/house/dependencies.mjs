import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop, say } from './say.mjs';
import { ROOT, sh } from './sh.mjs';

const STAMP = join(ROOT, 'node_modules/.maru-installed');

/** What an installed tree must match: the lock file, and the Node.js ABI that native parts were chosen for. */
function wanted() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.versions.modules}`;
}

/** Installs the packages of package-lock.json where node_modules does not match it yet. */
export async function installDependencies() {
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted()) return;
  say('Installing packages (once, and again when package-lock.json changes)…');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, output } = await sh(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { capture: true });
  if (status !== 0) {
    throw new Stop(
      `npm could not install the packages.\n${output.trim().slice(0, 2000)}`,
      'Check that the npm registry can be reached ("npm ping"), then run the same command again.',
    );
  }
  writeFileSync(STAMP, wanted());
}

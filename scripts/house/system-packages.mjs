import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Stop, say } from './say.mjs';
import { sh } from './sh.mjs';

/**
 * Programs that the tests drive, or headers that they compile against, with the Debian packages that bring them.
 * @type {readonly { readonly program: string, readonly debian: readonly string[] }[]}
 */
const NEEDED = [
  { program: 'chromium', debian: ['chromium', 'fonts-liberation', 'fonts-noto-cjk'] },
  { program: 'firefox-esr', debian: ['firefox-esr'] },
  { program: 'ip', debian: ['iproute2'] },
  { program: 'nft', debian: ['nftables'] },
  { program: 'turnserver', debian: ['coturn'] },
  { program: 'ffmpeg', debian: ['ffmpeg'] },
  { program: 'openssl', debian: ['openssl'] },
  { program: 'conntrack', debian: ['conntrack'] },
  { program: 'ethtool', debian: ['ethtool'] },
  { program: 'python3', debian: ['python3-minimal'] },
  { program: '/usr/lib/python3/dist-packages/aiortc/__init__.py', debian: ['python3-aiortc'] },
  { program: 'gcc', debian: ['gcc', 'libc6-dev'] },
  { program: '/usr/include/srtp2/srtp.h', debian: ['libsrtp2-dev'] },
];

const DIRECTORIES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];

/** @param {string} program a name on the path, or a whole path */
const isInstalled = (program) =>
  program.startsWith('/') ? existsSync(program) : DIRECTORIES.some((directory) => existsSync(join(directory, program)));

/** Installs with apt-get, as root on a Debian, what the tests lack; elsewhere it stops and says the command. */
export async function installSystemPackages() {
  const missing = NEEDED.filter(({ program }) => !isInstalled(program));
  if (missing.length === 0) return;
  const names = missing.map(({ program }) => program).join(', ');
  const packages = missing.flatMap(({ debian }) => debian);
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!isInstalled('apt-get'))
    throw new Stop(
      `The tests need ${names}, and this system has no apt-get.`,
      `Install what Debian calls: ${packages.join(' ')}`,
    );
  if (process.getuid?.() !== 0) throw new Stop(`The tests need ${names}.`, `sudo apt-get update && sudo ${command}`);
  say(`Installing ${names} from Debian (once)…`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await sh('apt-get', ['update', '-qq'], { capture: true, env });
  const { status, output } = await sh('apt-get', command.split(' ').slice(1), { capture: true, env });
  if (status !== 0) throw new Stop(`apt-get could not install ${names}.\n${output.slice(-2000)}`, `apt-get update && ${command}`);
}

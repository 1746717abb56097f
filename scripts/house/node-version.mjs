import { Stop } from './say.mjs';

const LEAST = [20, 11];

/** Stops on a Node.js that is too old to run Maru. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return;
  throw new Stop(
    `Maru needs Node.js ${LEAST.join('.')} or newer; this is ${process.versions.node}.`,
    'Install a newer one from nodejs.org, or with your version manager: nvm install 22, fnm install 22, volta install node@22.',
  );
}

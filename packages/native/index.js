// Finds the addon: one built here, else one shipped. Never an error: without it, @maru/node does the same, slower.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const PLACES = [join(HERE, 'build/Release/maru.node'), join(HERE, `prebuilds/${process.platform}-${process.arch}/maru.node`)];

/** @returns {import('./index.js').Loaded} */
function load() {
  if (process.env['MARU_NATIVE'] === 'off') return { addon: undefined, reason: 'MARU_NATIVE=off' };
  const found = PLACES.filter((place) => existsSync(place));
  let reason = `not built, and no prebuilt binary for ${process.platform}-${process.arch}`;
  for (const place of found) {
    try {
      return { addon: createRequire(import.meta.url)(place), reason: undefined };
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  return { addon: undefined, reason };
}

const loaded = load();

export const addon = loaded.addon;
export const whyNot = loaded.reason;

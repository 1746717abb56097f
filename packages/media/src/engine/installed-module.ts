import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EngineError } from './engine-error.js';

/**
 * Where `name` is, of a package that the user may have installed: in the `node_modules` of the folder that `MARU_MODULES` names, or else
 * where this program is. The folder that one happens to be in is never looked at. Throws an {@link EngineError} that says what to do.
 */
export function findInstalled(name: string): string {
  const folder = process.env['MARU_MODULES'];
  const from = folder ? join(resolve(folder), 'package.json') : import.meta.url;
  try {
    return createRequire(from).resolve(name);
  } catch (error) {
    const [scope = '', rest = ''] = name.split('/');
    const packageName = scope.startsWith('@') ? `${scope}/${rest}` : scope;
    const where = folder
      ? `in ${folder}, which MARU_MODULES names`
      : 'where this program is, or in a folder that MARU_MODULES names';
    throw new EngineError(`${packageName} is not installed: npm install ${packageName}, ${where}`, { cause: error });
  }
}

/** Imports it. */
export async function importInstalled(name: string): Promise<unknown> {
  const path = findInstalled(name);
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    throw new EngineError(`${name} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.js';
import { loadSecrets } from './secrets.js';

let folder: string | undefined;
afterEach(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
});

describe('S-82: a server does not start with secrets that can be guessed', () => {
  test.each(['', 'secret', '12345678', 'a'.repeat(64), 'changeme'.repeat(8), `${'x'.repeat(20)} with spaces`])('%j', (key) => {
    expect(() => loadSecrets(null, [key])).toThrow(ConfigError);
    expect(() => loadSecrets(null, ['aGoodKeyOf32Characters0123456789', key])).toThrow(ConfigError);
  });

  test('nor with a file of its data folder that was cut off or made weak', () => {
    folder = mkdtempSync(join(tmpdir(), 'maru-secrets-'));
    const made = loadSecrets(folder, []);
    expect(loadSecrets(folder, [])).toEqual(made);
    expect(made.signingSecret.length).toBe(32);
    writeFileSync(join(folder, 'api.key'), 'secret\n');
    expect(() => loadSecrets(folder!, [])).toThrow(ConfigError);
    writeFileSync(join(folder, 'signing.key'), 'c2hvcnQ\n');
    expect(() => loadSecrets(folder!, [])).toThrow(ConfigError);
  });

  test('and makes its own, another one each time, where it is given none', () => {
    const [one, other] = [loadSecrets(null, []), loadSecrets(null, [])];
    expect(one.apiKeys[0]).not.toBe(other.apiKeys[0]);
    expect(one.signingSecret).not.toEqual(other.signingSecret);
  });
});

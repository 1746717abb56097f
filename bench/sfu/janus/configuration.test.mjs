import { expect, test } from 'vitest';
import { complaintsIn, configurationFiles, versionIn } from './configuration.mjs';

test('everything is in one folder, media has one address and one thread, the API is on loopback alone', () => {
  const files = configurationFiles({ folder: '/tmp/a folder', host: '192.0.2.2', port: 4_321 });
  expect(files['janus.jcfg']).toContain('  plugins_folder = "/tmp/a folder/plugins"\n');
  expect(files['janus.jcfg']).toContain('  event_loops = 1\n');
  expect(files['janus.jcfg']).toContain('nat: {\n  ice_lite = true\n  ice_enforce_list = "192.0.2.2"\n}\n');
  expect(files['janus.transport.http.jcfg']).toContain('  port = 4321\n  ip = "127.0.0.1"\n');
});

test('the version is read from what Janus says of itself', () => {
  expect(versionIn('Janus version: 1102 (1.1.2)\nJanus commit: not-a-git-repo\n')).toBe('1.1.2');
  expect(versionIn('janus: not found')).toBeUndefined();
});

test('of a log the errors are told, or its end', () => {
  expect(complaintsIn('Starting\n[WARN] a\n[ERR] [x.c:f:1] b\n[FATAL] c\nBye!\n')).toBe('[ERR] [x.c:f:1] b\n[FATAL] c');
  expect(complaintsIn('1\n2\n3\n4\n5\n6\n\n')).toBe('2\n3\n4\n5\n6');
});

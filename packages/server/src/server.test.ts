import { expect, test } from 'vitest';
import { startServer } from './index.js';

test('the page answers', async () => {
  const server = await startServer({ port: 0 });
  const page = await (await fetch(`http://127.0.0.1:${server.port}/`)).text();
  await server.close();
  expect(page).toContain('maru');
});

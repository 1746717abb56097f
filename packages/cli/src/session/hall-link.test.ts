import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { publishCommand } from '../publish/command.js';
import { watchCommand } from '../watch/command.js';
import { askForSeat, parseHallLink, SessionError } from './hall-link.js';
import type { SessionIo } from './session-command.js';

test.each([
  ['https://maru.example/h/moon-8kd2', 'https://maru.example/', 'moon-8kd2'],
  ['http://localhost:8443/h/moon-8kd2/', 'http://localhost:8443/', 'moon-8kd2'],
  ['maru.example/h/%EB%A7%88%EB%A3%A8', 'https://maru.example/', '마루'],
])('%s is a link', (text, server, hall) => {
  expect(parseHallLink(text)).toEqual({ server: new URL(server), hall });
});

test.each([
  '',
  'moon',
  'https://maru.example/',
  'https://maru.example/h/',
  'ftp://maru.example/h/moon',
  'https://maru.example/h/a/b',
  'h/%zz',
])('"%s" is none', (text) => {
  expect(parseHallLink(text)).toBeUndefined();
});

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers every request alike. */
async function answering(status: number, body: string): Promise<URL> {
  const server = createServer((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

test.each([
  [
    404,
    '{"type":"about:blank","title":"t","status":404,"code":"session/not-found","detail":"There is no hall at this link."}',
    'session/not-found',
  ],
  [200, 'welcome to my home page', 'signaling/protocol'],
  [502, '<html>', 'signaling/protocol'],
])('a server that answers %i is a failure with a code', async (status, body, code) => {
  const server = await answering(status, body);
  await expect(askForSeat({ server, hall: 'moon' }, 'me', undefined)).rejects.toMatchObject({ name: 'SessionError', code });
});

test('a server that cannot be reached is named', async () => {
  const server = await answering(200, '');
  servers.splice(0)[0]!.close();
  await expect(askForSeat({ server, hall: 'moon' }, 'me', undefined)).rejects.toThrow(SessionError);
  await expect(askForSeat({ server, hall: 'moon' }, 'me', undefined)).rejects.toThrow(
    `${server.host} cannot be reached: no server listens there`,
  );
});

function io(): SessionIo & { readonly lines: string[] } {
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(text);
  return { lines, out: say, err: say, progress() {}, onStop() {}, isTerminal: false, columns: 100 };
}

const LINK = 'http://127.0.0.1:9/h/moon';

test.each([
  [[], /which session/],
  [['elsewhere'], /not a link/],
  [[LINK], /what\? A file, --test-pattern/],
  [[LINK, 'clip.mp4', '--test-pattern'], /what\?/],
  [[LINK, '--camera', '--screen'], /what\?/],
  [[LINK, 'clip.mp4', 'more'], /one word too many/],
  [[LINK, '--test-pattern', '--size', '641x360'], /two even numbers/],
  [[LINK, '--test-pattern', '--fps', '900'], /--fps/],
  [[LINK, '--test-pattern', '--duration', 'long'], /--duration/],
  [[LINK, '--ca', '/nowhere/ca.crt', '--test-pattern'], /--ca/],
  [['--frob'], /frob/],
])('maru publish %j is wrong usage', async (argv, why) => {
  const told = io();
  expect(await publishCommand(argv, told)).toBe(2);
  expect(told.lines.join('\n')).toMatch(why);
});

test('what is no media file, and a server that is not there, are errors in one line, as JSON where it was asked for', async () => {
  const told = io();
  expect(await publishCommand([LINK, import.meta.filename, '--json'], told)).toBe(1);
  expect(JSON.parse(told.lines[0]!)).toMatchObject({ event: 'error', detail: expect.stringContaining('is not a WebM') });
  const watched = io();
  expect(await watchCommand([LINK, '--no-record'], watched)).toBe(1);
  expect(watched.lines.join()).toMatch(/127\.0\.0\.1:9 cannot be reached/);
});

import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningServer, startServer } from './index.js';

let server: RunningServer | undefined;
afterEach(() => server?.close());

test('two people join a hall and a message goes from one to the other', async () => {
  server = await startServer({ port: 0 });
  const base = `http://127.0.0.1:${server.port}`;
  const { hall } = (await (await fetch(`${base}/app/halls`, { method: 'POST' })).json()) as { hall: string };
  const seat = async (name: string) =>
    (await (
      await fetch(`${base}/app/halls/${hall}/join`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      })
    ).json()) as { token: string };
  const open = async (token: string) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server!.port}/v1/signal/ws`);
    const inbox: unknown[] = [];
    let wake = () => {};
    socket.on('message', (data) => {
      inbox.push(JSON.parse(String(data)));
      wake();
    });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ type: 'hello', protocol: 1, token, attempt: 'a'.repeat(16) }));
    const next = async () => {
      while (inbox.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return inbox.shift() as Record<string, never>;
    };
    return { socket, next };
  };
  const a = await open((await seat('Ada')).token);
  expect(await a.next()).toMatchObject({ type: 'welcome', connections: [] });
  const b = await open((await seat('Bo')).token);
  expect(await b.next()).toMatchObject({ type: 'welcome', connections: [{ metadata: { name: 'Ada' } }] });
  expect(await a.next()).toMatchObject({ seq: 1, message: { type: 'connection-joined' } });
  b.socket.send(JSON.stringify({ seq: 1, ack: 0, message: { type: 'message', ref: 1, messageType: 'chat', data: 'hi' } }));
  expect(await b.next()).toMatchObject({ seq: 1, ack: 1, message: { type: 'done', ref: 1 } });
  expect(await a.next()).toMatchObject({ seq: 2, message: { type: 'message', data: 'hi' } });
  a.socket.close();
  expect(await b.next()).toMatchObject({ message: { type: 'connection-away' } });
  b.socket.close();
});

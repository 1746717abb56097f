import type { JsonValue, ReceivedMessage } from '@maru/client';
import { expect, test } from 'vitest';
import { ChatLog } from './chat-log.js';

const message = (data: JsonValue, type = 'chat'): ReceivedMessage => ({
  id: 'm1',
  from: undefined,
  type,
  data,
  at: 5,
  private: false,
});
const willing = { send: async () => undefined };

test('what comes while the chat is closed is unread until it is opened', () => {
  const chat = new ChatLog(willing);
  chat.receive(message({ text: 'hello' }), 'Minji');
  chat.receive(message({ text: 'there' }), 'Minji');
  expect(chat.unread).toBe(2);
  chat.setOpen(true);
  chat.receive(message({ text: '!' }), 'Minji');
  expect(chat.unread).toBe(0);
  expect(chat.entries.map((entry) => entry.text)).toEqual(['hello', 'there', '!']);
});

test.each([[{ text: 7 }], [null], ['hello'], [{ text: '   ' }], [{}], [[1]]])('%j is no chat message', (data) => {
  const chat = new ChatLog(willing);
  expect(chat.receive(message(data as JsonValue), 'Minji')).toBeUndefined();
  expect(chat.entries).toEqual([]);
});

test('messages of another kind are not chat', () => {
  expect(new ChatLog(willing).receive(message({ text: 'x' }, 'cursor'), 'Minji')).toBeUndefined();
});

test('an own message is there at once and says how it went', async () => {
  const sent: unknown[] = [];
  const chat = new ChatLog({ send: async (out) => void sent.push(out) }, () => 9);
  const done = chat.send('hello', 'Me');
  expect(chat.entries[0]).toMatchObject({ text: 'hello', state: 'sending', isSelf: true, at: 9 });
  await done;
  expect(chat.entries[0]).toMatchObject({ state: 'sent' });
  expect(sent).toEqual([{ type: 'chat', data: { text: 'hello' } }]);
});

test('what failed can be sent again', async () => {
  let works = false;
  const chat = new ChatLog({ send: async () => (works ? undefined : Promise.reject(new Error('no'))) });
  await chat.send('hello', 'Me');
  const [entry] = chat.entries;
  expect(entry?.state).toBe('failed');
  works = true;
  await chat.resend(entry!.id);
  expect(chat.entries[0]?.state).toBe('sent');
});

test('a very long text is cut, and a very long chat forgets its beginning', () => {
  const chat = new ChatLog(willing);
  for (let index = 0; index < 1_100; index += 1) chat.receive(message({ text: 'x'.repeat(9_000) }), 'Minji');
  expect(chat.entries).toHaveLength(1_000);
  expect(chat.entries[0]?.text).toHaveLength(4_000);
});

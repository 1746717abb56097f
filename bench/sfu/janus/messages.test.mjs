import { expect, test } from 'vitest';
import { publish, readReply, start, subscribe } from './messages.mjs';

const plugindata = (data) => ({ plugin: 'janus.plugin.videoroom', data });

test('a publisher comes with an offer, a subscriber starts with an answer', () => {
  expect(publish('v=0')).toMatchObject({
    janus: 'message',
    body: { request: 'joinandconfigure', ptype: 'publisher', room: 1, id: 7 },
    jsep: { type: 'offer', sdp: 'v=0' },
  });
  expect(subscribe()).toEqual({
    janus: 'message',
    body: { request: 'join', ptype: 'subscriber', room: 1, streams: [{ feed: 7 }] },
  });
  expect(start('v=0')).toEqual({ janus: 'message', body: { request: 'start' }, jsep: { type: 'answer', sdp: 'v=0' } });
});

test('what is asked for comes at once, or after an acknowledgement, with a description where there is one', () => {
  expect(readReply({ janus: 'success', transaction: 't1', data: { id: 7961373177946188 } })).toEqual({
    type: 'done',
    transaction: 't1',
    data: { id: 7961373177946188 },
  });
  expect(readReply({ janus: 'ack', session_id: 1, transaction: 't2' })).toEqual({ type: 'pending', transaction: 't2' });
  const jsep = { type: 'offer', sdp: 'v=0\r\n' };
  const attached = { videoroom: 'attached', room: 1 };
  expect(
    readReply({ janus: 'event', session_id: 1, transaction: 't2', sender: 2, plugindata: plugindata(attached), jsep }),
  ).toEqual({ type: 'done', transaction: 't2', data: attached, jsep });
});

test('a refusal has its reason, whether Janus says it or the videoroom does, to a request or on its own', () => {
  expect(readReply({ janus: 'error', transaction: 't3', error: { code: 458, reason: 'No such session 5' } })).toEqual({
    type: 'refused',
    transaction: 't3',
    reason: 'No such session 5 (458)',
  });
  const told = { videoroom: 'event', error_code: 428, error: 'No such feed (7)' };
  expect(readReply({ janus: 'event', transaction: 't4', sender: 2, plugindata: plugindata(told) })).toEqual({
    type: 'refused',
    transaction: 't4',
    reason: 'No such feed (7) (428)',
  });
});

test('a handle that is connected or gone says so', () => {
  expect(readReply({ janus: 'webrtcup', session_id: 1, sender: 2 })).toEqual({ type: 'connected', handle: 2 });
  expect(readReply({ janus: 'hangup', session_id: 1, sender: 2, reason: 'DTLS alert' })).toEqual({
    type: 'gone',
    handle: 2,
    reason: 'DTLS alert',
  });
});

test('what nobody asked for, or nobody knows, is no answer to anything', () => {
  for (const value of [{ janus: 'keepalive' }, { janus: 'media', sender: 2 }, {}, undefined, 'no', [], { janus: 'event' }]) {
    expect(readReply(value).type).toBe('unasked');
  }
});

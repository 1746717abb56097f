import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, validateClientMessage, validateClientOpening, validateEnvelope, validateServerFrame } from './index.js';

test('a message of a known type is read', () => {
  const result = validateClientMessage({ type: 'unpublish', ref: 1, stream: 'camera' });
  expect(result).toEqual({ ok: true, value: { type: 'unpublish', ref: 1, stream: 'camera' } });
});

test('an unknown type is refused by its own code', () => {
  const result = validateClientMessage({ type: 'explode' });
  expect(result).toMatchObject({ ok: false, invalid: { code: 'request/unknown-type', field: 'type' } });
});

test('the field that is wrong is named by its path', () => {
  const stream = { id: 'a', kind: 'hologram', hasAudio: true, hasVideo: true };
  expect(validateClientMessage({ type: 'publish', stream })).toEqual({
    ok: false,
    invalid: { code: 'request/invalid', field: 'stream.kind', detail: 'stream.kind must be "camera" or "screen" or "custom"' },
  });
});

test('deep JSON is refused without exhausting the stack (S-85)', () => {
  const deep = parseJson(`{"type":"message","messageType":"x","data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`);
  expect(deep.ok && validateClientMessage(deep.value)).toMatchObject({ ok: false, invalid: { field: 'data' } });
});

test('keys like __proto__ in metadata reach no prototype (S-73)', () => {
  const stream = `{"id":"a","kind":"camera","hasAudio":true,"hasVideo":true,"metadata":{"__proto__":{"polluted":1},"constructor":2}}`;
  const parsed = parseJson(`{"type":"publish","stream":${stream}}`);
  expect(parsed.ok && validateClientMessage(parsed.value).ok).toBe(true);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('whatever the value, validating returns and never throws (S-85)', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const check of [validateClientMessage, validateClientOpening, validateEnvelope, validateServerFrame]) {
        const result = check(value);
        if (!result.ok) expect(result.invalid.detail.length).toBeGreaterThan(0);
      }
    }),
  );
});

test('a server frame is a numbered message, an acknowledgement or a farewell', () => {
  expect(validateServerFrame({ ack: 3 })).toEqual({ ok: true, value: { ack: 3 } });
  expect(validateServerFrame({ seq: 1, ack: 0, message: { type: 'connection-away', connection: 'a' } }).ok).toBe(true);
  expect(validateServerFrame({ type: 'closed', code: 'x', detail: 'y', resumable: false }).ok).toBe(true);
  expect(validateServerFrame({ seq: 0, ack: 0 }).ok).toBe(false);
});

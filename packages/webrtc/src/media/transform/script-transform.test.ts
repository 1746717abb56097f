import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { INTERNAL } from '../../webidl/interface.js';
import { RTCEncodedVideoFrame } from './encoded-frame.js';
import { FrameRoute } from './frame-route.js';
import type { KeyFrameRequestEvent } from './key-frame-request-event.js';
import { RTCRtpScriptTransform } from './script-transform.js';
import { RTCRtpScriptTransformer } from './script-transformer.js';
import { TRANSFORM_MESSAGE, type TransformMessage } from './worker-messages.js';

/** A worker that sends what it gets back, so that both ends of a transform are here. */
const ECHO = `const { parentPort } = require('node:worker_threads');
parentPort.on('message', (message) => parentPort.postMessage(message, [message[${JSON.stringify(TRANSFORM_MESSAGE)}]]));`;

let worker: Worker | undefined;
afterEach(() => worker?.terminate());

/** A route of video with a transform, the far end of it, and what came out. */
async function transformed(direction: 'send' | 'receive' = 'send') {
  worker = new Worker(ECHO, { eval: true });
  const requests: (string | undefined)[] = [];
  const route = new FrameRoute(direction, 'video', (rid) => requests.push(rid));
  const echoed = new Promise<TransformMessage>((resolve) => worker?.once('message', resolve));
  route.set(new RTCRtpScriptTransform(worker, { name: 'mine' }));
  const { [TRANSFORM_MESSAGE]: port, options } = await echoed;
  const transformer = new RTCRtpScriptTransformer(INTERNAL, port, options);
  const out: number[][] = [];
  const take = (bytes: number[], isKeyFrame = false) =>
    new Promise<void>((resolve) => {
      route.take(
        Uint8Array.from(bytes),
        { isKeyFrame, rid: 'a' },
        () => ({ rtpTimestamp: 90 * bytes[0]! }),
        (data) => {
          out.push([...data]);
          resolve();
        },
      );
    });
  const reader = transformer.readable.getReader() as ReadableStreamDefaultReader<RTCEncodedVideoFrame>;
  const next = async (): Promise<RTCEncodedVideoFrame> => (await reader.read()).value!;
  return { route, transformer, requests, out, take, reader, next, writer: transformer.writable.getWriter() };
}

describe('RTCRtpScriptTransform', () => {
  test('lets a worker see and change frames', async () => {
    const { transformer, out, take, next, writer } = await transformed();
    expect(transformer.options).toEqual({ name: 'mine' });
    const done = take([1, 2, 3], true);
    const frame = await next();
    expect(frame).toBeInstanceOf(RTCEncodedVideoFrame);
    expect([frame.type, frame.data.byteLength, frame.getMetadata().rtpTimestamp]).toEqual(['key', 3, 90]);
    frame.data = Uint8Array.of(9, 9).buffer;
    await writer.write(frame);
    await done;
    expect(out).toEqual([[9, 9]]);
  });

  test('drops frames that are written twice or late, and passes copies', async () => {
    const { out, take, next, writer } = await transformed();
    void take([1]);
    const second = take([2]);
    const last = take([3]);
    const frames = [await next(), await next(), await next()];
    const copy = new RTCEncodedVideoFrame(frames[1]!, { metadata: { rtpTimestamp: 7 } });
    expect(copy.getMetadata().rtpTimestamp).toBe(7);
    await writer.write(copy);
    await second;
    await writer.write(frames[0]);
    await writer.write(frames[1]);
    await writer.write(frames[2]);
    await last;
    expect(out).toEqual([[2], [3]]);
  });

  test('refuses what is no frame, or one of another transform', async () => {
    const [here, there] = [await transformed(), await transformed()];
    void there.take([1]);
    const frame = await there.next();
    await expect(here.writer.write(frame)).rejects.toThrow(TypeError);
    await expect(there.writer.write({})).rejects.toThrow(TypeError);
  });

  test('asks the encoder for a key frame, and says when it has come', async () => {
    const { transformer, requests, take, next, writer } = await transformed();
    void take([1]);
    await next();
    const generated = transformer.generateKeyFrame('a');
    const done = take([5], true);
    const frame = await next();
    expect(await generated).toBe(450);
    await writer.write(frame);
    await done;
    expect(requests).toEqual(['a']);
    await expect(transformer.generateKeyFrame('no rid')).rejects.toMatchObject({ name: 'NotAllowedError' });
    await expect(transformer.sendKeyFrameRequest()).rejects.toMatchObject({ name: 'InvalidStateError' });
  });

  test('asks the other side, as a receiver', async () => {
    const { transformer, take, next, requests, writer } = await transformed('receive');
    const done = take([1]);
    const frame = await next();
    await transformer.sendKeyFrameRequest();
    await writer.write(frame);
    await done;
    expect(requests).toEqual([undefined]);
  });

  test('ends with the route: no frames, no key frames any more', async () => {
    const { route, transformer, reader, take, next } = await transformed();
    void take([1]);
    await next();
    const generated = transformer.generateKeyFrame();
    const refused = expect(generated).rejects.toMatchObject({ name: 'InvalidStateError' });
    route.set(null);
    expect((await reader.read()).done).toBe(true);
    await refused;
  });

  test('takes workers of node:worker_threads alone', () => {
    expect(() => new RTCRtpScriptTransform({} as Worker)).toThrow(TypeError);
  });
});

test('a route without a transform lets frames through at once', () => {
  const out: Uint8Array[] = [];
  const frame = Uint8Array.of(1);
  new FrameRoute('send', 'audio', () => {}).take(
    frame,
    { isKeyFrame: true, rid: undefined },
    () => ({}),
    (data) => out.push(data),
  );
  expect(out).toEqual([frame]);
});

describe('a key frame that the other side asks for', () => {
  test('is asked of the encoder, after the script has heard of it', async () => {
    const { route, transformer, requests } = await transformed();
    const rids: (string | null)[] = [];
    transformer.onkeyframerequest = ({ rid }) => rids.push(rid);
    route.keyFrameRequested('a', () => requests.push('past the script'));
    await expect.poll(() => requests).toEqual(['a']);
    expect(rids).toEqual(['a']);
  });

  test('is not asked of the encoder where the script prevents it', async () => {
    const { route, transformer, requests } = await transformed();
    transformer.addEventListener('keyframerequest', (event) => {
      if ((event as KeyFrameRequestEvent).rid === 'a') event.preventDefault();
    });
    route.keyFrameRequested('a', () => {});
    route.keyFrameRequested('b', () => {});
    await expect.poll(() => requests).toEqual(['b']);
  });

  test('is asked of the encoder at once where there is no script', () => {
    const route = new FrameRoute('send', 'video', () => {});
    let asked = 0;
    route.keyFrameRequested(undefined, () => (asked += 1));
    expect(asked).toBe(1);
  });
});

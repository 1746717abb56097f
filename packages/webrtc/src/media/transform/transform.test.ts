import { webcrypto } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import {
  EncodedSource,
  type ReceivedMedia,
  RTCPeerConnection,
  type RTCTrackEvent,
  receiveEncoded,
  SFrameTransform,
} from '../../index.js';
import { nextEvent, World } from '../../testing/world.js';

let world: World;
afterEach(() => world?.close());

const KEY = new Uint8Array(16).map((_, i) => i);
const importKey = (bytes = KEY) => webcrypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits', 'deriveKey']);
const frame = (number: number): Uint8Array => Uint8Array.of(0x78, number, 1, 2, 3, 4, 5);

/** One side speaks numbered packets to the other, with a transform at either end. */
async function speaking(transforms: { send?: object; receive?: object }) {
  world = new World();
  const source = new EncodedSource({ kind: 'audio', codec: 'opus' });
  world.trickle();
  const sender = world.a.addTrack(source.track);
  if (transforms.send) sender.transform = transforms.send;
  const hasTrack = nextEvent(world.b, 'track') as Promise<RTCTrackEvent>;
  await world.until(world.negotiate());
  const { receiver } = await world.until(hasTrack);
  if (transforms.receive) receiver.transform = transforms.receive;
  const heard: ReceivedMedia[] = [];
  receiveEncoded(receiver.track, (media) => heard.push(media));
  await world.pass(2_000);
  for (let i = 0; i < 5; i++) {
    source.write({ data: frame(i), timestampMs: 20 * i, isKeyFrame: true });
    await world.pass(20);
  }
  await world.pass(200);
  return { heard: heard.map(({ data }) => data), sender, receiver };
}

describe('SFrameTransform', () => {
  test('hides frames on the way, and shows them to who has the key', async () => {
    const [send, receive] = [new SFrameTransform(), new SFrameTransform({ role: 'decrypt' })];
    await send.setEncryptionKey(await importKey(), 3);
    await receive.setEncryptionKey(await importKey(), 3n);
    const { heard } = await speaking({ send, receive });
    expect(heard).toEqual([0, 1, 2, 3, 4].map(frame));
  });

  test('who has no key hears nothing that was said', async () => {
    const send = new SFrameTransform();
    await send.setEncryptionKey(await importKey());
    const { heard } = await speaking({ send });
    expect(heard).toHaveLength(5);
    for (const data of heard) expect(data.length).toBeGreaterThan(frame(0).length + 16);
  });

  test('says why frames are dropped: another key, no key', async () => {
    const [send, receive] = [new SFrameTransform(), new SFrameTransform({ role: 'decrypt' })];
    const errors: string[] = [];
    receive.onerror = ({ errorType, keyID }) => errors.push(`${errorType} ${keyID}`);
    await send.setEncryptionKey(await importKey(), 1);
    await receive.setEncryptionKey(await importKey(new Uint8Array(16)), 1);
    const { heard } = await speaking({ send, receive });
    expect(heard).toEqual([]);
    expect(errors).toEqual(Array(5).fill('authentication 1'));
    await send.setEncryptionKey(await importKey(), 2);
    const writer = send.writable;
    expect(writer.locked).toBe(true);
  });

  test('takes only secret keys for HKDF', async () => {
    const transform = new SFrameTransform();
    await expect(transform.setEncryptionKey({} as webcrypto.CryptoKey)).rejects.toThrow(TypeError);
    const other = await webcrypto.subtle.importKey('raw', KEY, 'AES-GCM', false, ['encrypt']);
    await expect(transform.setEncryptionKey(other)).rejects.toMatchObject({ name: 'InvalidModificationError' });
    await expect(transform.setEncryptionKey(await importKey(), -1)).rejects.toThrow(TypeError);
  });
});

describe('the transform of a sender', () => {
  test('is one that belongs to nobody else, or null', () => {
    const connection = new RTCPeerConnection();
    const [one, other] = [connection.addTransceiver('audio').sender, connection.addTransceiver('audio').sender];
    const transform = new SFrameTransform();
    one.transform = transform;
    one.transform = transform;
    expect(() => {
      other.transform = transform;
    }).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
    expect(() => {
      other.transform = {};
    }).toThrow(TypeError);
    one.transform = null;
    expect(one.transform).toBeNull();
    connection.close();
  });

  test('once taken away, frames go as they are', async () => {
    const { sender, heard } = await speaking({});
    expect(sender.transform).toBeNull();
    expect(heard).toEqual([0, 1, 2, 3, 4].map(frame));
  });
});

test('generateKeyFrame is for video that is sent, and for rids that are there', async () => {
  const connection = new RTCPeerConnection();
  const sender = connection.addTransceiver('video').sender;
  await expect(sender.generateKeyFrame()).resolves.toBeUndefined();
  await expect(sender.generateKeyFrame(['none'])).rejects.toMatchObject({ name: 'NotFoundError' });
  await expect(connection.addTransceiver('audio').sender.generateKeyFrame()).rejects.toMatchObject({ name: 'InvalidStateError' });
  connection.close();
});

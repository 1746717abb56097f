import type { LocalStream, MaruError, Muted, PublishOptions, TrackKind } from '@maru/client';
import { expect, test } from 'vitest';
import { Publisher } from './publisher.js';

const track = (name: string) => ({ name }) as unknown as MediaStreamTrack;

/** A stream that does what it is told and remembers it. */
class FakeStream {
  readonly told: string[] = [];
  muted: { audio: boolean; video: boolean };
  closed = false;

  constructor({ audio = false, video = false }: Partial<Muted> = {}) {
    this.muted = { audio, video };
  }

  async mute(kind: TrackKind) {
    this.told.push(`mute ${kind}`);
    this.muted[kind] = true;
  }
  async unmute(kind: TrackKind) {
    this.told.push(`unmute ${kind}`);
    this.muted[kind] = false;
  }
  async replaceTrack(kind: TrackKind, next: MediaStreamTrack | null) {
    this.told.push(`replace ${kind} ${(next as unknown as { name: string }).name}`);
  }
}

function world(media: { audioTrack?: MediaStreamTrack; videoTrack?: MediaStreamTrack; microphoneOn: boolean }) {
  const devices = { audioTrack: undefined, videoTrack: undefined, ...media } as {
    audioTrack: MediaStreamTrack | undefined;
    videoTrack: MediaStreamTrack | undefined;
    microphoneOn: boolean;
  };
  const streams: FakeStream[] = [];
  const failures: unknown[] = [];
  const call = {
    publish: async (_media: MediaStream | readonly MediaStreamTrack[], options?: PublishOptions) => {
      const stream = new FakeStream(options?.muted);
      streams.push(stream);
      return stream as unknown as LocalStream;
    },
  };
  const publisher = new Publisher(call, devices, (error) => failures.push(error));
  return { devices, streams, failures, publisher, call };
}

test('nothing is published without a device', async () => {
  const { publisher, streams } = world({ microphoneOn: true });
  await publisher.sync();
  expect(streams).toEqual([]);
});

test('what is off at the beginning is published muted', async () => {
  const { publisher, streams } = world({ audioTrack: track('mic'), microphoneOn: false });
  await publisher.sync();
  expect(streams[0]?.muted).toEqual({ audio: true, video: true });
});

test('a camera that comes later is added and unmuted', async () => {
  const { publisher, streams, devices } = world({ audioTrack: track('mic'), microphoneOn: true });
  await publisher.sync();
  devices.videoTrack = track('camera');
  await publisher.sync();
  expect(streams[0]?.told).toEqual(['replace video camera', 'unmute video']);
});

test('a camera switched off is muted, and replaced when it comes back as another track', async () => {
  const { publisher, streams, devices } = world({ audioTrack: track('mic'), videoTrack: track('one'), microphoneOn: true });
  await publisher.sync();
  devices.videoTrack = undefined;
  await publisher.sync();
  devices.videoTrack = track('two');
  await publisher.sync();
  expect(streams[0]?.told).toEqual(['mute video', 'replace video two', 'unmute video']);
});

test('what changes while a change is on its way is taken up after it, one at a time', async () => {
  const { publisher, streams, devices } = world({ audioTrack: track('mic'), microphoneOn: true });
  const first = publisher.sync();
  devices.microphoneOn = false;
  await Promise.all([first, publisher.sync()]);
  expect(streams).toHaveLength(1);
  expect(streams[0]?.muted.audio).toBe(true);
});

test('a stream that somebody took down is published again when a device changes', async () => {
  const { publisher, streams } = world({ audioTrack: track('mic'), microphoneOn: true });
  await publisher.sync();
  streams[0]!.closed = true;
  await publisher.sync();
  expect(streams).toHaveLength(2);
});

test('a failure is told once, and the next change tries again', async () => {
  const { publisher, failures, call, devices, streams } = world({ audioTrack: track('mic'), microphoneOn: true });
  const works = call.publish;
  call.publish = async () => Promise.reject(new Error('no') as MaruError);
  await publisher.sync();
  expect(failures).toHaveLength(1);
  call.publish = works;
  devices.microphoneOn = false;
  await publisher.sync();
  expect(streams).toHaveLength(1);
});

import { writeSync } from 'node:fs';
import { OPUS_ENCODER } from '../ffmpeg/audio-encoder.js';
import type { Abilities, Job } from './job.js';
import { type Message, MessageReader, messageHead } from './message.js';
import { loadNodeAv, type NodeAv } from './node-av-module.js';
import { readPictures, readSound } from './reading.js';
import { SoundDecoding, SoundEncoding } from './sound.js';
import { DECODERS, VideoDecoding } from './video-decoding.js';
import { ENCODERS, VideoEncoding } from './video-encoding.js';
import type { Worker } from './worker.js';

// The program of a process: does one job, whose messages come and go by its pipes, and ends.

const [OUTPUT, COMPLAINTS] = [1, 2];

/** Waits for who reads; throws where nobody does any more, which ends a reading of a camera, too. */
function put(bytes: Uint8Array, pipe = OUTPUT): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(pipe, bytes, at);
}

function give(message: Message): void {
  put(messageHead(message));
  put(message.data);
}

function abilitiesOf({ Codec }: NodeAv): Abilities {
  const encodes = Object.entries(ENCODERS).flatMap(([name, { encoder }]) => (Codec.findEncoderByName(encoder) ? [name] : []));
  const decodes = Object.entries(DECODERS).flatMap(([name, decoder]) => (Codec.findDecoderByName(decoder) ? [name] : []));
  const hears = Codec.findDecoderByName('libopus') ? ['opus'] : [];
  return { encodes: [...encodes, ...(Codec.findEncoderByName(OPUS_ENCODER) ? ['opus'] : [])], decodes: [...decodes, ...hears] };
}

/** What takes messages; undefined for a job that was done at once. */
function workerFor(av: NodeAv, job: Job): Worker | undefined {
  switch (job.type) {
    case 'encode-video':
      return new VideoEncoding(av, job.settings, give);
    case 'encode-audio':
      return new SoundEncoding(av, job.settings, give);
    case 'decode-video':
      return new VideoDecoding(av, job.codec, job.size, give);
    case 'decode-audio':
      return new SoundDecoding(av, job.format, give);
    case 'ask':
      put(Buffer.from(JSON.stringify(abilitiesOf(av))));
      return undefined;
    case 'read-pictures':
      readPictures(av, job.input, job.format, give);
      return undefined;
    case 'read-sound':
      readSound(av, job.input, job.format, give);
      return undefined;
  }
}

function fail(error: unknown): void {
  try {
    put(Buffer.from(error instanceof Error ? error.message : String(error)), COMPLAINTS);
  } finally {
    process.exit(1);
  }
}

async function run(): Promise<void> {
  const av = await loadNodeAv();
  av.Log.setLevel(av.AV_LOG_QUIET);
  const worker = workerFor(av, JSON.parse(process.argv[2] ?? '{}') as Job);
  if (!worker) process.exit(0); // node-av does not always end by itself
  const reader = new MessageReader((message) => worker.take(message));
  process.stdin.on('data', (bytes: Buffer) => {
    try {
      if (!reader.push(bytes)) fail('what came is no message');
    } catch (error) {
      fail(error);
    }
  });
  process.stdin.on('end', () => {
    try {
      worker.finish();
      process.exit(0);
    } catch (error) {
      fail(error);
    }
  });
}

run().catch(fail);

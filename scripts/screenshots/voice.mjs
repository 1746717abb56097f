// What a fake microphone hears: silence, or somebody talking (no words; vowels that swell and fade), as a .wav file.
import { writeFileSync } from 'node:fs';

const SAMPLES_PER_SECOND = 16_000;
const SECONDS = 8;

/** Writes a sound to `path`; a silent one where nobody is to be seen speaking. */
export function writeVoice(path, isSpeaking) {
  const count = SAMPLES_PER_SECOND * SECONDS;
  const file = Buffer.alloc(44 + count * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + count * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // one channel
  file.writeUInt32LE(SAMPLES_PER_SECOND, 24);
  file.writeUInt32LE(SAMPLES_PER_SECOND * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(count * 2, 40);
  for (let i = 0; isSpeaking && i < count; i++) {
    const seconds = i / SAMPLES_PER_SECOND;
    const syllable = 0.35 + 0.65 * Math.abs(Math.sin(Math.PI * seconds * 2.5));
    let sum = 0;
    for (let harmonic = 1; harmonic <= 8; harmonic++)
      sum += Math.sin(2 * Math.PI * (170 + 15 * Math.sin(seconds * 3)) * harmonic * seconds) / harmonic;
    file.writeInt16LE(Math.round(sum * syllable * 9_000), 44 + i * 2);
  }
  writeFileSync(path, file);
}

/** Of the value of ssrc-audio-level; csrc-audio-level has one for each contributing source. */
export const AUDIO_LEVEL_BYTES = 1;

/** What "no sound at all" is, in -dBov (RFC 6464 §3). */
export const SILENCE_LEVEL = 127;

/** The level in -dBov, from 0 (loudest) to 127 (RFC 6464 §3, RFC 6465 §3). */
export function readAudioLevel(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! & 0x7f;
}

/** Whether the sender believes that the packet holds speech: the V bit of RFC 6464 §3; RFC 6465 has none. */
export function readVoiceActivity(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset]! & 0x80) !== 0;
}

export function writeAudioLevel(bytes: Uint8Array, offset: number, level: number, hasVoice: boolean): void {
  bytes[offset] = (hasVoice ? 0x80 : 0) | Math.min(level, SILENCE_LEVEL);
}

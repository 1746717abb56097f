import type { EncodedMedia, EncodingDemand } from '@maru/webrtc';

/** What a sender asks for, with everything that may be left out left out. */
export function demandOf(
  kind: 'audio' | 'video',
  names: readonly string[],
  encoding: Partial<EncodingDemand['encoding']> = {},
  carriesRotation = false,
): EncodingDemand {
  const codecs = names.map((name, index) => ({
    name,
    clockRate: kind === 'video' ? 90_000 : 48_000,
    parameters: name === 'H264' ? 'packetization-mode=1;profile-level-id=42e01f' : '',
    feedback: [],
    preferredPayloadType: 96 + index,
  }));
  const wanted = { active: true, ...encoding };
  const targetBps = Number.POSITIVE_INFINITY;
  return { kind, codecs, encoding: wanted, targetBps, carriesRotation, degradationPreference: 'balanced' };
}

/** Collects what a feed gives, and says when there is enough of it. */
export class Sink {
  readonly taken: EncodedMedia[] = [];
  private awaited: { isEnough(taken: readonly EncodedMedia[]): boolean; resolve(): void }[] = [];

  readonly take = (media: EncodedMedia): void => {
    this.taken.push({ ...media, data: media.data.slice() });
    this.awaited = this.awaited.filter(({ isEnough, resolve }) => {
      if (!isEnough(this.taken)) return true;
      resolve();
      return false;
    });
  };

  until(isEnough: (taken: readonly EncodedMedia[]) => boolean): Promise<void> {
    if (isEnough(this.taken)) return Promise.resolve();
    return new Promise((resolve) => this.awaited.push({ isEnough, resolve }));
  }
}

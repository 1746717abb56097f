import type { Instant } from '@maru/protocol/core';

/** Everybody is told who speaks no more often than this: each telling is a message to each, and is kept until it is acknowledged. */
const SHORTEST_GAP_MS = 500;

/** Decides when a change of who speaks is worth telling. */
export class SpeakerPace {
  private readonly toldBySession = new Map<string, { readonly speakers: string; readonly at: Instant }>();

  /** The speakers to tell of now; undefined: the same as before, or too soon. */
  changed(now: Instant, session: string, speakers: readonly string[]): readonly string[] | undefined {
    const told = this.toldBySession.get(session);
    const text = speakers.join(' ');
    if (told ? told.speakers === text || now - told.at < SHORTEST_GAP_MS : text === '') return undefined;
    this.toldBySession.set(session, { speakers: text, at: now });
    return speakers;
  }

  forget(session: string): void {
    this.toldBySession.delete(session);
  }
}

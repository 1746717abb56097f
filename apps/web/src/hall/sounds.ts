import type { RemoteStream } from '@maru/client';
import { routeTo } from '../media/audio.js';
import { preferences } from '../preferences/current.js';

/** Plays everybody's sound, one element for each stream, apart from the pictures: a picture may be on another page, its voice is not. */
export class Sounds {
  /** Called once when the browser wants a touch of the page before it plays. */
  onBlocked: (() => void) | undefined;
  private readonly elements = new Map<RemoteStream, HTMLAudioElement>();
  private blocked = false;

  /** Plays these streams and no others, on the chosen speaker. */
  play(streams: readonly RemoteStream[]): void {
    for (const [stream, element] of this.elements) {
      if (streams.includes(stream)) continue;
      element.srcObject = null;
      element.remove();
      this.elements.delete(stream);
    }
    for (const stream of streams) {
      const element = this.elements.get(stream) ?? this.add(stream);
      void routeTo(element, preferences.current.speakerId);
    }
  }

  /** Starts what the browser held back; call it from a click. */
  unblock(): void {
    this.blocked = false;
    for (const element of this.elements.values()) void this.start(element);
  }

  close(): void {
    this.play([]);
  }

  private add(stream: RemoteStream): HTMLAudioElement {
    const element = new Audio();
    element.autoplay = true;
    element.srcObject = stream.mediaStream;
    element.dataset['testid'] = 'sound';
    element.dataset['stream'] = stream.id;
    element.hidden = true;
    document.body.append(element); // some browsers do not collect elements in the page, and tests find them
    this.elements.set(stream, element);
    void this.start(element);
    return element;
  }

  private async start(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'NotAllowedError' || this.blocked) return; // replaced or removed: nothing to play
      this.blocked = true;
      this.onBlocked?.();
    }
  }
}

/** Which media of one stream a connection wants. */
export interface Subscription {
  readonly audio: boolean;
  readonly video: boolean;
}

const EVERYTHING: Subscription = { audio: true, video: true };

/** What a connection wants of the streams of others: everything, until it says otherwise of one. */
export class Subscriptions {
  private readonly exceptionByStream = new Map<string, Subscription>();

  of(stream: string): Subscription {
    return this.exceptionByStream.get(stream) ?? EVERYTHING;
  }

  set(stream: string, wanted: Subscription): void {
    if (wanted.audio && wanted.video) this.exceptionByStream.delete(stream);
    else this.exceptionByStream.set(stream, wanted);
  }

  forget(stream: string): void {
    this.exceptionByStream.delete(stream);
  }

  /** The streams of which not everything is wanted. */
  get exceptions(): ReadonlyMap<string, Subscription> {
    return this.exceptionByStream;
  }
}

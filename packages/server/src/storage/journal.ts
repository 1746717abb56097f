/** Where every change goes before anybody hears of it. Texts are JSON objects; those of one call are kept all or none. */
export interface Journal {
  /** Keeps `records` so that they survive the death of this process. Synchronous: what it returns from is kept. */
  append(records: readonly string[]): void;
  /** Resolves when all that was appended would survive the loss of power too. */
  durable(): Promise<void>;
  close(): Promise<void>;
}

/** A journal that forgets: for tests, and for servers that were asked to keep nothing. */
export class MemoryJournal implements Journal {
  readonly batches: (readonly string[])[] = [];

  constructor(private readonly isRecording: boolean = false) {}

  append(records: readonly string[]): void {
    if (this.isRecording) this.batches.push(records);
  }

  async durable(): Promise<void> {}

  async close(): Promise<void> {}
}

import { PROTOCOL_LIMITS } from '@maru/signaling';

/** Reads `text/event-stream` as it comes in pieces (HTML, "parsing an event stream"); of each event only its data. Bounded: see `overflowed`. */
export class EventStreamParser {
  /** An event grew past the longest frame: the stream is not to be read on. */
  overflowed = false;
  private rest = '';
  private data: string[] = [];
  private dataChars = 0;

  /** Takes text and gives the data of every event that it completes. */
  push(text: string): string[] {
    const events: string[] = [];
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop()!;
    for (const line of lines) this.takeLine(line, events);
    if (this.rest.length + this.dataChars > PROTOCOL_LIMITS.frameBytes) this.overflowed = true;
    return events;
  }

  private takeLine(line: string, events: string[]): void {
    if (line === '') {
      if (this.data.length > 0) events.push(this.data.join('\n'));
      this.data = [];
      this.dataChars = 0;
      return;
    }
    const data = /^data(?:: ?(.*))?$/.exec(line);
    if (!data) return; // a comment, or a field that we do not use
    this.data.push(data[1] ?? '');
    this.dataChars += line.length;
  }
}

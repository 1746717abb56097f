import { SDP_LIMITS } from './limits.js';
import { SdpMalformed } from './malformed.js';

/** The line types of RFC 8866 §5. Lines of any other type are ignored by rule, and kept. */
const KNOWN_TYPES = 'vosiuepcbtrzkam';

/** Lines of `text`, ended by CRLF or by LF alone; a last line without an end counts. */
export function splitLines(text: string): string[] | SdpMalformed {
  if (text.length > SDP_LIMITS.characters)
    return new SdpMalformed('sdp/too-long', 1, `at most ${SDP_LIMITS.characters} characters`);
  const lines: string[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const next = newline < 0 ? text.length : newline;
    const end = newline > start && text.charCodeAt(newline - 1) === 0x0d ? newline - 1 : next;
    if (lines.length === SDP_LIMITS.lines)
      return new SdpMalformed('sdp/too-many-lines', lines.length, `at most ${SDP_LIMITS.lines} lines`);
    lines.push(text.slice(start, end));
    const fault = checkLine(lines[lines.length - 1]!, lines.length);
    if (fault) return fault;
    start = next + 1;
  }
  while (lines.at(-1) === '') lines.pop(); // blank lines at the end are commonly pasted along, and mean nothing
  return lines;
}

function checkLine(line: string, lineNumber: number): SdpMalformed | undefined {
  if (line.length > SDP_LIMITS.lineCharacters) {
    return new SdpMalformed('sdp/line-too-long', lineNumber, `at most ${SDP_LIMITS.lineCharacters} characters`);
  }
  if (line.includes('\r') || line.includes('\0'))
    return new SdpMalformed('sdp/control-character', lineNumber, 'no CR and no NUL inside a line');
  return undefined;
}

/** A cursor over lines. Its first failure sticks and puts it at the end, so that readers go straight on and check once. */
export class LineReader {
  fault: SdpMalformed | undefined;
  private at = 0;
  private unknown: string[] = [];

  constructor(private readonly lines: readonly string[]) {
    this.settle();
  }

  /** The type letter of the current line; empty at the end. */
  get type(): string {
    return this.at < this.lines.length ? this.lines[this.at]![0]! : '';
  }

  /** The value of the current line if it is of `type`, and then on to the next. */
  take(type: string): string | undefined {
    if (this.type !== type) return undefined;
    const value = this.lines[this.at]!.slice(2);
    this.at += 1;
    this.settle();
    return value;
  }

  /** Like {@link take}, for a line that must be there. */
  demand(type: string, expected: string): string {
    const value = this.take(type);
    if (value === undefined) this.failNext('sdp/line-missing', expected);
    return value ?? '';
  }

  /** The lines of unknown type passed since the last time. */
  takeUnknown(): readonly string[] {
    const passed = this.unknown;
    if (passed.length > 0) this.unknown = [];
    return passed;
  }

  /** Says that the line taken last is wrong. */
  fail(reason: string, expected: string): void {
    this.failAt(this.at - 1, reason, expected);
  }

  /** Says that the current line, not taken yet, is wrong. */
  failNext(reason: string, expected: string): void {
    this.failAt(this.at, reason, expected);
  }

  private failAt(index: number, reason: string, expected: string): void {
    const last = Math.max(0, this.lines.length - 1);
    this.fault ??= new SdpMalformed(reason, Math.min(index, last) + 1, expected);
    this.at = this.lines.length;
  }

  /** Passes lines of unknown type and stops at what is no line at all. */
  private settle(): void {
    for (; this.at < this.lines.length; this.at += 1) {
      const line = this.lines[this.at]!;
      if (line[1] !== '=') this.failNext('sdp/no-line', 'a letter and "="');
      if (this.fault || KNOWN_TYPES.includes(line[0]!)) return;
      this.unknown.push(line);
    }
  }
}

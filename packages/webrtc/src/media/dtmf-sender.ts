import { requireArguments, toDictionary, toDomString, toInteger, UNSIGNED_LONG } from '../webidl/convert.js';
import { defineEventHandlers, type EventHandler } from '../webidl/event-handlers.js';
import { defineInterface, type Internal, refuseScripts } from '../webidl/interface.js';
import type { MediaHost, TransceiverSlots } from './slots.js';

/** A comma waits. */
const PAUSE_MS = 2_000;
const DURATION_MS = { least: 40, most: 6_000 } as const;
const GAP_MS = { least: 30, most: 6_000 } as const;

/** Plays one tone into the stream. */
export type ToneSink = (tone: string, durationMs: number) => void;

/** Sends keys of a telephone (W3C webrtc, RTCDTMFSender; RFC 4733). */
export class RTCDTMFSender extends EventTarget {
  readonly #host: MediaHost;
  readonly #transceiver: TransceiverSlots;
  readonly #play: ToneSink;
  #tones = '';
  #durationMs = 100;
  #gapMs = 70;
  #cancel: (() => void) | undefined;

  declare ontonechange: EventHandler<RTCDTMFToneChangeEvent>;

  constructor(...[token, host, transceiver, play]: [Internal, MediaHost, TransceiverSlots, ToneSink]) {
    refuseScripts(token);
    super();
    this.#host = host;
    this.#transceiver = transceiver;
    this.#play = play;
  }

  get canInsertDTMF(): boolean {
    const { sender, currentDirection, isStopping } = this.#transceiver;
    if (this.#host.isClosed || isStopping || !sender.track) return false;
    if (currentDirection !== 'sendrecv' && currentDirection !== 'sendonly') return false;
    if (!sender.encodings.some(({ active }) => active)) return false;
    return sender.negotiated.codecs.some(({ name }) => name.toLowerCase() === 'telephone-event');
  }

  /** Keys that have not been played yet. */
  get toneBuffer(): string {
    return this.#tones;
  }

  /** Plays `tones` (0-9, A-D, `*`, `#`; a comma waits two seconds) in place of those that wait. */
  insertDTMF(tones: string, duration = 100, interToneGap = 70): void {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCDTMFSender.insertDTMF');
    const text = toDomString(tones).toUpperCase();
    const [durationMs, gapMs] = [duration, interToneGap].map((value) => toInteger(value, UNSIGNED_LONG, 'wrap'));
    if (this.#transceiver.isStopping) throw new DOMException('The transceiver is stopped', 'InvalidStateError');
    if (!this.canInsertDTMF) throw new DOMException('Tones cannot be sent now: see canInsertDTMF', 'InvalidStateError');
    const strange = /[^0-9A-D#*,]/.exec(text);
    if (strange) throw new DOMException(`"${strange[0]}" is no key of a telephone`, 'InvalidCharacterError');
    this.#tones = text;
    this.#durationMs = clamp(durationMs!, DURATION_MS);
    this.#gapMs = clamp(gapMs!, GAP_MS);
    if (text !== '' && !this.#cancel) this.#after(0);
  }

  #after(delayMs: number): void {
    this.#cancel = this.#host.schedule(delayMs, () => {
      this.#cancel = undefined;
      this.#next();
    });
  }

  /** W3C webrtc, the "playout task". */
  #next(): void {
    if (!this.canInsertDTMF) return;
    const tone = this.#tones.charAt(0);
    this.#tones = this.#tones.slice(1);
    if (tone === ',') this.#after(PAUSE_MS);
    else if (tone !== '') {
      this.#play(tone, this.#durationMs);
      this.#after(this.#durationMs + this.#gapMs);
    }
    this.dispatchEvent(new RTCDTMFToneChangeEvent('tonechange', { tone }));
  }

  /** The connection has ended. */
  static end(sender: RTCDTMFSender): void {
    sender.#cancel?.();
    sender.#cancel = undefined;
  }
}

function clamp(value: number, { least, most }: { readonly least: number; readonly most: number }): number {
  return Math.min(most, Math.max(least, value));
}

/** A tone has begun, or with an empty one the last has ended (W3C webrtc, RTCDTMFToneChangeEvent). */
export class RTCDTMFToneChangeEvent extends Event {
  readonly #tone: string;

  constructor(type: string, eventInitDict: { bubbles?: boolean; cancelable?: boolean; composed?: boolean; tone?: string } = {}) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCDTMFToneChangeEvent constructor');
    const dictionary = toDictionary(eventInitDict, 'RTCDTMFToneChangeEventInit');
    super(type, eventInitDict);
    this.#tone = dictionary['tone'] === undefined ? '' : toDomString(dictionary['tone']);
  }

  get tone(): string {
    return this.#tone;
  }
}

defineInterface(RTCDTMFSender, 'RTCDTMFSender');
defineEventHandlers(RTCDTMFSender, ['tonechange']);
defineInterface(RTCDTMFToneChangeEvent, 'RTCDTMFToneChangeEvent');

import { defineEventHandlers, type EventHandler } from '@maru/webrtc/webidl';
import { findEngine } from '../engine/find-engine.js';
import type { Coder, Ended, MediaEngine } from '../engine/media-engine.js';
import { ControlQueue } from './control-queue.js';
import { aborted, encodingError, invalidState } from './exceptions.js';

export type CodecState = 'unconfigured' | 'configured' | 'closed';

export interface CodecInit<Output extends readonly unknown[]> {
  output(...output: Output): void;
  error(error: DOMException): void;
  /** What does the work; that of this machine ({@link findEngine}) if not given. */
  readonly engine?: MediaEngine;
}

/** What encoders and decoders have in common (W3C webcodecs, "codec processing model"): states, the queue, errors. */
export abstract class Codec<Output extends readonly unknown[], Item> extends EventTarget {
  #state: CodecState = 'unconfigured';
  #queueSize = 0;
  #isDequeueTold = false;
  #coder: Coder<Item> | undefined;
  /** Whoever waits for the coder to end. */
  readonly #waiting = new Set<() => void>();
  readonly #init: CodecInit<Output>;
  readonly #queue: ControlQueue;

  declare ondequeue: EventHandler;

  constructor(init: CodecInit<Output>) {
    super();
    if (typeof init?.output !== 'function' || typeof init.error !== 'function')
      throw new TypeError('A codec needs the functions "output" and "error"');
    this.#init = init;
    this.#queue = new ControlQueue((error) => this.#fail(error));
  }

  get state(): CodecState {
    return this.#state;
  }

  /** Resolves when everything that was given has come out. */
  flush(): Promise<void> {
    if (this.#state !== 'configured') return Promise.reject(invalidState(`The codec is ${this.#state}`));
    this.flushing();
    return this.#queue.addFlush(async () => {
      await this.#finished();
    });
  }

  /** Forgets everything that was given. */
  reset(): void {
    if (this.#state === 'closed') throw invalidState('The codec is closed');
    this.#forget(aborted('The codec was reset'));
    this.#state = 'unconfigured';
  }

  close(): void {
    if (this.#state === 'closed') throw invalidState('The codec is closed');
    this.#forget(aborted('The codec was closed'));
    this.#state = 'closed';
  }

  [Symbol.dispose](): void {
    if (this.#state !== 'closed') this.close();
  }

  /** Begins the coder that the configuration asks for, with `engine`. Throws a NotSupportedError for one that cannot be had. */
  protected abstract begin(engine: MediaEngine, give: (...output: Output) => void, ended: Ended): Coder<Item>;

  /** After a flush decoders want a key frame. */
  protected flushing(): void {}

  protected get waiting(): number {
    return this.#queueSize;
  }

  /** Takes a configuration: what was given before comes out first. */
  protected accept(check: (engine: MediaEngine) => void): void {
    if (this.#state === 'closed') throw invalidState('The codec is closed');
    this.#state = 'configured';
    this.#queue.add(async (isCurrent) => {
      await this.#finished();
      const engine = await this.#engine();
      if (isCurrent()) check(engine);
    });
  }

  protected requireConfigured(): void {
    if (this.#state !== 'configured') throw invalidState(`The codec is ${this.#state}`);
  }

  /** Gives an item to the coder when its turn comes. `use` gives undefined for what cannot be coded. */
  protected enqueue(use: (coder: Coder<Item>) => Item | undefined, unused: () => void): void {
    this.#queueSize += 1;
    this.#queue.add(async (isCurrent) => {
      try {
        const engine = await this.#engine();
        if (!isCurrent()) return;
        const coder = (this.#coder ??= this.#begin(engine));
        await coder.ready();
        if (!isCurrent()) return;
        const item = use(coder);
        if (item === undefined || !coder.write(item)) throw encodingError('The codec does not take what it is given');
      } finally {
        unused();
        if (isCurrent()) this.#dequeued();
      }
    });
  }

  #begin(engine: MediaEngine): Coder<Item> {
    const coder = this.begin(
      engine,
      (...output) => {
        if (this.#coder === coder) this.#give(output);
      },
      (error) => {
        if (this.#coder !== coder) return;
        this.#coder = undefined;
        this.#wake();
        if (error) this.#fail(error);
      },
    );
    return coder;
  }

  /** Resolves when the coder has given everything, or was closed. */
  #finished(): Promise<void> {
    if (!this.#coder) return Promise.resolve();
    const over = new Promise<void>((resolve) => this.#waiting.add(resolve));
    this.#coder.finish();
    return over;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #give(output: Output): void {
    try {
      this.#init.output(...output);
    } catch (error) {
      queueMicrotask(() => {
        throw error; // HTML, "report an exception": not the codec's affair
      });
    }
  }

  /** Told once for as many as leave the queue in one turn. */
  #dequeued(): void {
    this.#queueSize -= 1;
    if (this.#isDequeueTold) return;
    this.#isDequeueTold = true;
    queueMicrotask(() => {
      this.#isDequeueTold = false;
      this.dispatchEvent(new Event('dequeue'));
    });
  }

  #forget(reason: DOMException): void {
    const coder = this.#coder;
    this.#coder = undefined;
    coder?.close();
    this.#wake();
    this.#queue.forget(reason);
    if (this.#queueSize > 0) {
      this.#queueSize = 1;
      this.#dequeued();
    }
  }

  #fail(cause: unknown): void {
    if (this.#state === 'closed') return;
    const error = cause instanceof DOMException ? cause : encodingError(cause instanceof Error ? cause.message : String(cause));
    this.#forget(error);
    this.#state = 'closed';
    this.#init.error(error);
  }

  #engine(): Promise<MediaEngine> {
    return this.#init.engine ? Promise.resolve(this.#init.engine) : findEngine();
  }
}

defineEventHandlers(Codec, ['dequeue']);

import { AEAD_TAG_BYTES } from '@maru/protocol/core';
import { ViewAead } from '../view-aead.js';
import { assembleModule } from './assembler.js';
import { CHACHA_STRIDE_BYTES, chacha20 } from './chacha20.js';
import { webAssembly } from './host.js';
import { poly1305 } from './poly1305.js';

/**
 * Largest text that goes through the module's memory. From some 5 KB on OpenSSL's wider vectors make up for its objects
 * (us a seal, this one / node:crypto: 64 bytes 0.8 / 5; 1 200 bytes 2.2 / 6; 16 000 bytes 22 / 13).
 */
export const MAX_WASM_TEXT_BYTES = 5_120;
/** Largest additional data. */
export const MAX_WASM_ADDITIONAL_BYTES = 512;

/** Where things lie in the module's memory. Key-stream block 0 comes before the text: its first half is the Poly1305 key. */
const BLOCK_BYTES = 64;
const STATE = 0;
const TAG = 64;
const ADDITIONAL = 128;
const SOURCE = 1_024;
const REGION_BYTES = BLOCK_BYTES + MAX_WASM_TEXT_BYTES + CHACHA_STRIDE_BYTES;
const TARGET = SOURCE + Math.ceil(REGION_BYTES / BLOCK_BYTES) * BLOCK_BYTES;
const PAGES = 1;
/** "expand 32-byte k" (RFC 8439 §2.3). */
const CONSTANTS = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  chacha(state: number, source: number, target: number, targetEnd: number): void;
  poly(key: number, first: number, firstEnd: number, second: number, secondEnd: number, tag: number): void;
}

/** The module: one for all keys, since each call brings its own and leaves nothing that the next one keeps. */
class Engine {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  private readonly exports: Exports;

  constructor(exports: Exports) {
    this.exports = exports;
    this.bytes = new Uint8Array(exports.memory.buffer);
    this.words = new Uint32Array(exports.memory.buffer);
  }

  /** Runs the cipher over the zeros at SOURCE and the text after them: TARGET gets block 0 and the other text. */
  crypt(key: Uint32Array, nonce: Uint8Array, textBytes: number): void {
    this.words.set(key, STATE >> 2);
    this.bytes.set(nonce, STATE + 52);
    this.exports.chacha(STATE, SOURCE, TARGET, TARGET + BLOCK_BYTES + textBytes);
  }

  /** The tag of `additional` and of the sealed text at `text`, which has room after it (RFC 8439 §2.8). */
  authenticate(additional: Uint8Array, text: number, textBytes: number): void {
    const { bytes, words } = this;
    const additionalEnd = ADDITIONAL + padded(additional.length);
    const end = text + padded(textBytes);
    bytes.fill(0, ADDITIONAL + additional.length, additionalEnd);
    bytes.set(additional, ADDITIONAL);
    bytes.fill(0, text + textBytes, end);
    words[end >> 2] = additional.length;
    words[(end >> 2) + 1] = 0;
    words[(end >> 2) + 2] = textBytes;
    words[(end >> 2) + 3] = 0;
    this.exports.poly(TARGET, ADDITIONAL, additionalEnd, text, end + 16, TAG);
  }
}

let engine: Engine | undefined;

function theEngine(): Engine | undefined {
  if (engine || !webAssembly) return engine;
  const module = new webAssembly.Module(assembleModule([chacha20(), poly1305()], PAGES));
  return (engine = new Engine(new webAssembly.Instance(module).exports as Exports));
}

/** The cipher for `key`; undefined where there is no WebAssembly. */
export function wasmChaCha20Poly1305(key: Uint8Array): WasmChaCha20Poly1305 | undefined {
  const module = theEngine();
  return module && new WasmChaCha20Poly1305(module, key);
}

/**
 * ChaCha20-Poly1305 (RFC 8439 §2.8) in WebAssembly. node:crypto makes a cipher object, and two or three buffers outside the
 * heap, for each packet; this makes none, which is why it is faster although OpenSSL's arithmetic is not slower.
 * Constant time: no branch and no address depends on a secret.
 */
class WasmChaCha20Poly1305 extends ViewAead {
  private readonly state = new Uint32Array(12);

  constructor(
    private readonly engine: Engine,
    key: Uint8Array,
  ) {
    super();
    this.state.set(CONSTANTS);
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    for (let i = 0; i < 8; i++) this.state[4 + i] = view.getUint32(4 * i, true);
    engine.words[(STATE >> 2) + 12] = 0; // the counter, which nothing changes
  }

  seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, out: Uint8Array, offset: number): number {
    const { engine } = this;
    const { length } = plain;
    const text = TARGET + BLOCK_BYTES;
    engine.bytes.set(plain, SOURCE + BLOCK_BYTES);
    engine.crypt(this.state, nonce, length);
    engine.authenticate(additional, text, length);
    out.set(engine.bytes.subarray(text, text + length), offset);
    for (let i = 0; i < AEAD_TAG_BYTES; i++) out[offset + length + i] = engine.bytes[TAG + i]!;
    return length + AEAD_TAG_BYTES;
  }

  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): number {
    const length = sealed.length - AEAD_TAG_BYTES;
    if (length < 0) return -1;
    const { engine } = this;
    const text = SOURCE + BLOCK_BYTES;
    engine.bytes.set(sealed, text);
    engine.crypt(this.state, nonce, length);
    engine.authenticate(additional, text, length);
    let difference = 0;
    for (let i = 0; i < AEAD_TAG_BYTES; i++) difference |= engine.bytes[TAG + i]! ^ sealed[length + i]!;
    if (difference !== 0) return -1;
    const plain = TARGET + BLOCK_BYTES;
    out.set(engine.bytes.subarray(plain, plain + length), offset);
    return length;
  }
}

function padded(bytes: number): number {
  return (bytes + 15) & ~15;
}

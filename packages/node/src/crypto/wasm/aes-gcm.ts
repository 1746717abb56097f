import { type Cipher, createCipheriv } from 'node:crypto';
import { BLOCK_BYTES, SlabBlocks } from '@maru/protocol/bytes';
import { AEAD_TAG_BYTES, AES_BLOCK_BYTES } from '@maru/protocol/core';
import { OffsetAead } from '../offset-aead.js';
import { assembleModule } from './assembler.js';
import { GHASH_TABLES_BYTES, ghash, ghashTablesOf, xorBlocks } from './ghash.js';
import { webAssembly } from './host.js';

/** Largest text and additional data that go through the module's memory. */
export const MAX_GCM_TEXT_BYTES = 5_120;
export const MAX_GCM_ADDITIONAL_BYTES = 512;

/** What is copied without a view of its own: packets. */
const MAX_BLOCK_TEXT_BYTES = 2_048;

/** Where things lie in the module's memory: what is authenticated lies in one piece. */
const TABLES = 0;
const TAG = TABLES + GHASH_TABLES_BYTES;
/** Before it there is room for what a block of a slab has before the text; so there is before TEXT. */
const SOURCE = TAG + AES_BLOCK_BYTES + BLOCK_BYTES;
const STREAM = SOURCE + MAX_GCM_TEXT_BYTES;
const TEXT = STREAM + AES_BLOCK_BYTES + MAX_GCM_TEXT_BYTES + MAX_GCM_ADDITIONAL_BYTES;
const PAGES = 1;
const NONCE_WORDS = 3;
const BLOCK_WORDS = 4;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  ghash(tables: number, from: number, end: number, out: number): void;
  xor(source: number, stream: number, target: number, targetEnd: number): void;
}

/** The module: one for all keys. It has the tables of the key that was used last. */
class Engine {
  readonly bytes: Uint8Array;
  readonly exports: Exports;
  private readonly view: DataView;
  private tables: Uint8Array | undefined;
  /** Of TEXT and of SOURCE by their lengths, each made once. */
  private readonly textViews = noViews(MAX_BLOCK_TEXT_BYTES + 1);
  private readonly sourceViews = noViews(MAX_BLOCK_TEXT_BYTES + 1);
  private readonly blocks = new SlabBlocks(MAX_BLOCK_TEXT_BYTES);

  constructor(exports: Exports) {
    this.exports = exports;
    this.bytes = new Uint8Array(exports.memory.buffer);
    this.view = new DataView(exports.memory.buffer);
  }

  tablesOf(hashKey: Uint8Array): Uint8Array {
    this.tables = undefined;
    return ghashTablesOf(hashKey, this.bytes, this.exports.ghash, TEXT);
  }

  use(tables: Uint8Array): void {
    if (tables === this.tables) return;
    this.tables = tables;
    this.bytes.set(tables, TABLES);
  }

  /** Copies `length` bytes to `at`, which is SOURCE or TEXT; what lies around it there means nothing any more. */
  put(from: Uint8Array, offset: number, length: number, at: number): void {
    const { bytes } = this;
    if (length > MAX_BLOCK_TEXT_BYTES) bytes.set(from.subarray(offset, offset + length), at);
    else if (from.length <= MAX_BLOCK_TEXT_BYTES && offset <= BLOCK_BYTES) bytes.set(from, at - offset);
    else bytes.set(this.blocks.at(from, offset), at - (offset % BLOCK_BYTES));
  }

  /** The first `length` bytes of TEXT. */
  text(length: number): Uint8Array {
    return this.viewAt(this.textViews, TEXT, length);
  }

  /** And of SOURCE. */
  source(length: number): Uint8Array {
    return this.viewAt(this.sourceViews, SOURCE, length);
  }

  private viewAt(views: (Uint8Array | undefined)[], at: number, length: number): Uint8Array {
    if (length >= views.length) return this.bytes.subarray(at, at + length);
    return (views[length] ??= this.bytes.subarray(at, at + length));
  }

  /** Leaves at TAG what the text at TEXT and additional data hash to (NIST SP 800-38D §7.1 step 5). */
  authenticate(additional: Uint8Array, additionalOffset: number, additionalBytes: number, textBytes: number): void {
    const { bytes, view } = this;
    const from = TEXT - padded(additionalBytes);
    const end = TEXT + padded(textBytes);
    for (let i = 0; i < additionalBytes; i++) bytes[from + i] = additional[additionalOffset + i]!;
    bytes.fill(0, from + additionalBytes, TEXT);
    bytes.fill(0, TEXT + textBytes, end);
    view.setUint32(end, 0);
    view.setUint32(end + 4, additionalBytes * 8);
    view.setUint32(end + 8, 0);
    view.setUint32(end + 12, textBytes * 8);
    this.exports.ghash(TABLES, from, end + AES_BLOCK_BYTES, TAG);
  }
}

let engine: Engine | undefined;

function theEngine(): Engine | undefined {
  if (engine || !webAssembly) return engine;
  const module = new webAssembly.Module(assembleModule([ghash(), xorBlocks()], PAGES));
  return (engine = new Engine(new webAssembly.Instance(module).exports as Exports));
}

/** Counter blocks: the last word of each counts from 1, the others are a nonce. */
const counters = new Uint8Array(AES_BLOCK_BYTES + MAX_GCM_TEXT_BYTES);
const counterWords = new Uint32Array(counters.buffer);
const counterView = new DataView(counters.buffer);
for (let at = 0; at < counters.length; at += AES_BLOCK_BYTES) counterView.setUint32(at + 12, at / AES_BLOCK_BYTES + 1);
/** The first of them, by their count. */
const counterViews = noViews(counters.length / AES_BLOCK_BYTES + 1);
const nonceBytes = new Uint8Array(4 * NONCE_WORDS);
const nonceWords = new Uint32Array(nonceBytes.buffer);

/** The cipher for `key` of 16 or 32 bytes; undefined where there is no WebAssembly. */
export function wasmAesGcm(key: Uint8Array): WasmAesGcm | undefined {
  const module = theEngine();
  return module && new WasmAesGcm(module, key);
}

/**
 * AES-GCM (NIST SP 800-38D): AES by one cipher of node:crypto in ECB mode that lives as long as its key and encrypts counters; GHASH in
 * WebAssembly. That is half of what it costs to have node:crypto make a cipher for each packet. No branch and no address depends on a secret.
 */
class WasmAesGcm extends OffsetAead {
  private readonly blocks: Cipher;
  private readonly tables: Uint8Array;

  constructor(
    private readonly engine: Engine,
    key: Uint8Array,
  ) {
    super();
    this.blocks = createCipheriv(key.length === 32 ? 'aes-256-ecb' : 'aes-128-ecb', key, null).setAutoPadding(false);
    this.tables = engine.tablesOf(new Uint8Array(this.blocks.update(new Uint8Array(AES_BLOCK_BYTES))));
  }

  sealAt(
    nonce: Uint8Array,
    additional: Uint8Array,
    additionalOffset: number,
    additionalBytes: number,
    text: Uint8Array,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    offset: number,
  ): number {
    const { engine } = this;
    const { bytes } = engine;
    engine.put(text, textOffset, textBytes, SOURCE);
    engine.use(this.tables);
    bytes.set(this.keyStream(nonce, textBytes), STREAM);
    engine.exports.xor(SOURCE, STREAM + AES_BLOCK_BYTES, TEXT, TEXT + textBytes);
    engine.authenticate(additional, additionalOffset, additionalBytes, textBytes);
    out.set(engine.text(textBytes), offset);
    for (let i = 0; i < AEAD_TAG_BYTES; i++) out[offset + textBytes + i] = bytes[TAG + i]! ^ bytes[STREAM + i]!;
    return textBytes + AEAD_TAG_BYTES;
  }

  openAt(
    nonce: Uint8Array,
    additional: Uint8Array,
    additionalOffset: number,
    additionalBytes: number,
    sealed: Uint8Array,
    sealedOffset: number,
    sealedBytes: number,
    out: Uint8Array,
    offset: number,
  ): number {
    const length = sealedBytes - AEAD_TAG_BYTES;
    if (length < 0) return -1;
    const { engine } = this;
    const { bytes } = engine;
    engine.put(sealed, sealedOffset, length, TEXT);
    engine.use(this.tables);
    bytes.set(this.keyStream(nonce, length), STREAM);
    engine.authenticate(additional, additionalOffset, additionalBytes, length);
    const tagAt = sealedOffset + length;
    let difference = 0;
    for (let i = 0; i < AEAD_TAG_BYTES; i++) difference |= bytes[TAG + i]! ^ bytes[STREAM + i]! ^ sealed[tagAt + i]!;
    if (difference !== 0) return -1;
    engine.exports.xor(TEXT, STREAM + AES_BLOCK_BYTES, SOURCE, SOURCE + length);
    out.set(engine.source(length), offset);
    return length;
  }

  /** A block that hides the tag, and then what hides the text. */
  private keyStream(nonce: Uint8Array, textBytes: number): Buffer {
    nonceBytes.set(nonce);
    const [first, second, third] = [nonceWords[0]!, nonceWords[1]!, nonceWords[2]!];
    const words = BLOCK_WORDS + padded(textBytes) / 4;
    for (let at = 0; at < words; at += BLOCK_WORDS) {
      counterWords[at] = first;
      counterWords[at + 1] = second;
      counterWords[at + 2] = third;
    }
    const view = (counterViews[words / BLOCK_WORDS] ??= counters.subarray(0, words * 4));
    return this.blocks.update(view);
  }
}

function noViews(count: number): (Uint8Array | undefined)[] {
  return new Array<Uint8Array | undefined>(count).fill(undefined);
}

function padded(bytes: number): number {
  return (bytes + 15) & ~15;
}

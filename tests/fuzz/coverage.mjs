import { Session } from 'node:inspector/promises';

/** Which functions of one file ran, and which of its characters. */
class FileCoverage {
  constructor() {
    /** Functions by their ranges, and whether they ever ran. @type {Map<string, boolean>} */
    this.functions = new Map();
    /** For each character of a function: 1 where it is one, 3 where it ran too. */
    this.characters = new Uint8Array(0);
  }

  /** @param {readonly import('node:inspector').Profiler.FunctionCoverage[]} functions of one look, outer ones first */
  add(functions) {
    const end = Math.max(...functions.map(({ ranges }) => ranges[0].endOffset));
    const ran = new Uint8Array(end);
    const inside = new Uint8Array(end);
    for (const { functionName, ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
      const [{ startOffset, endOffset, count }] = ranges;
      if (functionName === '' && startOffset === 0) continue; // the module itself: its body is no function of anybody
      inside.fill(1, startOffset, endOffset);
      const key = `${startOffset}-${endOffset}`;
      this.functions.set(key, count > 0 || this.functions.get(key) === true);
    }
    if (end > this.characters.length) {
      const grown = new Uint8Array(end);
      grown.set(this.characters);
      this.characters = grown;
    }
    for (let i = 0; i < end; i++) this.characters[i] |= inside[i] && (ran[i] ? 3 : 1);
  }
}

const percent = (part, whole) => (whole === 0 ? 0 : Math.round((1_000 * part) / whole) / 10);

/** Asks V8 which blocks of the house's own code ran; new ones make an input worth keeping. */
export class Coverage {
  constructor() {
    this.session = new Session();
    /** @type {Set<string>} */
    this.seen = new Set();
    /** @type {Map<string, FileCoverage>} */
    this.fileByUrl = new Map();
  }

  /** Before the code to be watched is loaded: what is loaded later is known whole. */
  async start() {
    this.session.connect();
    await this.session.post('Profiler.enable');
    await this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Blocks that ran since the last call and never before. */
  async fresh() {
    const { result } = await this.session.post('Profiler.takePreciseCoverage');
    let added = 0;
    for (const { url, functions } of result) {
      if (!url.includes('/packages/') || url.includes('node_modules')) continue;
      const fresh = this.addBlocks(url, functions);
      added += fresh;
      if (fresh > 0) this.fileOf(url).add(functions);
    }
    return added;
  }

  /**
   * How much ran of the files whose path holds one of `paths`, of those that are loaded: in functions, and in characters of code.
   * @param {readonly string[]} paths
   */
  shareOf(paths) {
    const files = [...this.fileByUrl].filter(([url]) => paths.some((path) => url.includes(`/packages/${path}`)));
    let [functions, ran, code, covered] = [0, 0, 0, 0];
    for (const [, file] of files) {
      functions += file.functions.size;
      for (const hasRun of file.functions.values()) ran += hasRun ? 1 : 0;
      for (const character of file.characters) {
        code += character & 1;
        covered += character >> 1;
      }
    }
    return { functionsPercent: percent(ran, functions), codePercent: percent(covered, code) };
  }

  async stop() {
    await this.session.post('Profiler.stopPreciseCoverage');
    this.session.disconnect();
  }

  addBlocks(url, functions) {
    let added = 0;
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        const key = `${url}:${startOffset}-${endOffset}`;
        if (count === 0 || this.seen.has(key)) continue;
        this.seen.add(key);
        added += 1;
      }
    }
    return added;
  }

  fileOf(url) {
    let file = this.fileByUrl.get(url);
    if (!file) {
      file = new FileCoverage();
      this.fileByUrl.set(url, file);
    }
    return file;
  }
}

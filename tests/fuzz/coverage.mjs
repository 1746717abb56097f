import { Session } from 'node:inspector/promises';

/** Asks V8 which blocks of the house's own code ran; new ones make an input worth keeping. */
export class Coverage {
  constructor() {
    this.session = new Session();
    /** @type {Set<string>} */
    this.seen = new Set();
  }

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
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          const key = `${url}:${startOffset}-${endOffset}`;
          if (count === 0 || this.seen.has(key)) continue;
          this.seen.add(key);
          added += 1;
        }
      }
    }
    return added;
  }

  async stop() {
    await this.session.post('Profiler.stopPreciseCoverage');
    this.session.disconnect();
  }
}

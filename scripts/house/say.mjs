// How the house's scripts speak: talk on stderr, one line a step, and an error that names its cure.

/** A step that cannot go on; `cure` is what the person can do, as a command where there is one. */
export class Stop extends Error {
  /** @param {string} problem @param {string} cure */
  constructor(problem, cure) {
    super(problem);
    this.cure = cure;
  }
}

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs `main`; a {@link Stop} is printed with its cure, and the process ends with status 1.
 * @param {() => Promise<void>} main
 */
export async function run(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    say(`\nmaru: ${error.message}\n      ${error.cure}`);
    process.exitCode = 1;
  }
}

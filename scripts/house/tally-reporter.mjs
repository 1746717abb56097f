import { tell } from './tally.mjs';

/** A reporter of vitest's beside others: tells how many tests there were. Whatever failed outside of a test counts as one. */
export default class TallyReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    let [passed, failed, skipped] = [0, unhandledErrors.length, 0];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else skipped += 1;
      }
      for (const part of [module, ...module.children.allSuites()]) if (part.errors().length > 0) failed += 1;
    }
    tell({ passed, failed, skipped });
  }
}

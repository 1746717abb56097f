// What is known to fail. expected-failures.json:
//   reasons   id -> why, in a sentence
//   files     path -> { reason id -> ["*"], for all of the file that fails, or names of subtests }

/**
 * Holds a report against the expectations.
 * @param {{ id: string, subtests: { name: string, status: string, message?: string }[] }[]} files
 * @param {{ reasons: Record<string, string>, files: Record<string, Record<string, string[]>> }} expectations
 */
export function compare(files, expectations) {
  const outcome = { subtests: 0, passed: 0, expected: 0, byReason: {}, unexpectedFailures: [], unexpectedPasses: [] };
  for (const { id, subtests } of files) {
    const expected = expectations.files[id] ?? {};
    for (const { name, status, message } of subtests) {
      outcome.subtests += 1;
      const reason = reasonFor(expected, name);
      if (status === 'PASS') {
        outcome.passed += 1;
        if (reason && isNamed(expected, name)) outcome.unexpectedPasses.push({ file: id, name });
      } else if (reason) {
        outcome.expected += 1;
        outcome.byReason[reason] = (outcome.byReason[reason] ?? 0) + 1;
      } else outcome.unexpectedFailures.push({ file: id, name, status, message });
    }
  }
  return outcome;
}

/** @returns {string | undefined} the id of the reason why this subtest may fail */
function reasonFor(expected, name) {
  const named = Object.entries(expected).find(([, names]) => names.includes(name));
  return named?.[0] ?? Object.entries(expected).find(([, names]) => names.includes('*'))?.[0];
}

/** Named subtests must fail; those under `*` may pass. Names of flaky ones end in the list of the reason `may-pass`. */
function isNamed(expected, name) {
  return Object.entries(expected).some(([reason, names]) => !reason.startsWith('may-') && names.includes(name));
}

/** Lines that say how many failed for which reason. */
export function describeReasons(outcome, expectations) {
  return Object.entries(outcome.byReason)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${String(count).padStart(6)}  ${expectations.reasons[reason]}`);
}

import * as z from 'zod/mini';

// In a page, zod must not try to compile its checks: a strict Content-Security-Policy would report the attempt.
z.config({ jitless: 'document' in globalThis || 'WorkerGlobalScope' in globalThis });

/** Why a message or a body was refused: the field, as a path like `stream.kind`, and what was expected there. */
export interface Invalid {
  readonly code: 'request/invalid' | 'request/unknown-type' | 'request/not-json';
  readonly field: string;
  readonly detail: string;
}

/** The outcome of validating: the value in its type, or why it is not one. */
export type Validated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly invalid: Invalid };

/** Checks `input` against `schema`. Never throws; says the first thing that is wrong, in plain words. */
export function validate<Schema extends z.ZodMiniType>(schema: Schema, input: unknown): Validated<z.output<Schema>> {
  const result = schema.safeParse(input);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, invalid: explain(result.error.issues) };
}

type Issue = z.core.$ZodIssue;

function explain(issues: readonly Issue[]): Invalid {
  const [issue] = issues;
  if (!issue) return { code: 'request/invalid', field: '', detail: 'is not valid' };
  const field = issue.path.map(String).join('.');
  if (issue.code === 'invalid_union' && 'discriminator' in issue && issue.discriminator !== undefined) {
    return { code: 'request/unknown-type', field, detail: `${field} is not one of the types that this version knows` };
  }
  return { code: 'request/invalid', field, detail: `${field || 'the value'} ${reasonOf(issue)}` };
}

function reasonOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${issue.expected}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'unrecognized_keys':
      return `has fields that are not known: ${issue.keys.map((key) => key.slice(0, 64)).join(', ')}`;
    case 'invalid_format':
      return 'is not in the form asked for';
    case 'custom':
      return issue.message || 'is not valid';
    default:
      return 'is not valid';
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' items' : '';
}

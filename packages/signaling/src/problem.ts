import * as z from 'zod/mini';

/** A refusal over HTTP (RFC 9457), with the same stable `code` as in signaling. */
export const Problem = z
  .object({
    type: z.string().check(z.describe('A link to what the code means.')),
    title: z.string(),
    status: z.int(),
    code: z.string().check(z.describe('Stable; one of the codes in docs/protocol.md.')),
    detail: z.string(),
    field: z.optional(z.string().check(z.describe('Path of the field that is wrong, such as `limits.connections`.'))),
    retryAfterMs: z.optional(z.int()),
  })
  .register(z.globalRegistry, { id: 'Problem', description: 'Why a request was refused (RFC 9457, application/problem+json).' });
export type Problem = z.infer<typeof Problem>;

import * as z from 'zod/mini';

/** How deeply values that applications send may be nested: deeper ones cost more to walk than they are worth. */
export const MAX_JSON_DEPTH = 32;

/** Whether `value`, fresh from JSON.parse, is nested at most `limit` levels. Walks without recursion. */
export function isShallow(value: unknown, limit: number = MAX_JSON_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true;
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return false;
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item === 'object' && item !== null) for (const child of Object.values(item)) next.push(child);
    }
    level = next;
  }
  return true;
}

const TOO_DEEP = `must be nested at most ${MAX_JSON_DEPTH} levels`;

/** Any JSON value, nested within reason. */
export const JsonValue = z
  .unknown()
  .check(z.refine((value) => isShallow(value), TOO_DEEP))
  .register(z.globalRegistry, { id: 'JsonValue', description: `Any JSON value, nested at most ${MAX_JSON_DEPTH} levels.` });

/** What an application attaches to a session, a connection or a stream: a JSON object, opaque to Maru. */
export const Metadata = z
  .record(z.string(), z.unknown())
  .check(z.refine((value) => isShallow(value), TOO_DEEP))
  .register(z.globalRegistry, {
    id: 'Metadata',
    description: `A JSON object of the application's own, at most 64 KiB as text, nested at most ${MAX_JSON_DEPTH} levels.`,
  });
export type Metadata = z.infer<typeof Metadata>;

import * as z from 'zod/mini';

/** A JSON Schema (2020-12) as plain data. */
export type JsonSchema = { readonly [key: string]: unknown };

/** Every schema that has a name, as JSON Schema whose references begin with `prefix`. */
export function namedSchemas(prefix: string): Readonly<Record<string, JsonSchema>> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { uri: (id) => prefix + id, unrepresentable: 'any', io: 'input' });
  const named: Record<string, JsonSchema> = {};
  for (const id of Object.keys(schemas).sort()) named[id] = tidy(schemas[id] as JsonSchema);
  return named;
}

/** One schema as JSON Schema; those that have a name are referred to. */
export function schemaOf(schema: z.ZodMiniType, prefix: string): JsonSchema {
  const id = z.globalRegistry.get(schema)?.id;
  if (id !== undefined) return { $ref: prefix + id };
  const { $defs: _, ...own } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });
  return tidy(JSON.parse(JSON.stringify(own).replaceAll('"#/$defs/', `"${prefix}`)) as JsonSchema);
}

/** Without what says nothing here: where it came from, and the largest safe integer as a bound. */
function tidy(schema: JsonSchema): JsonSchema {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(
      ([key, item]) => key !== '$schema' && key !== '$id' && key !== 'id' && Math.abs(Number(item)) !== Number.MAX_SAFE_INTEGER,
    );
    return Object.fromEntries(kept.map(([key, item]) => [key, key === 'properties' ? properties(item) : walk(item)]));
  };
  const properties = (value: unknown): unknown =>
    Object.fromEntries(Object.entries(value as object).map(([name, item]) => [name, walk(item)]));
  return walk(schema) as JsonSchema;
}

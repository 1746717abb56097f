/** JSON of a text; undefined when it is neither a text nor JSON. */
export function parseText(data: unknown): unknown {
  if (typeof data !== 'string') return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

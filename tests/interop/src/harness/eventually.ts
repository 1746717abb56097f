/**
 * Looks every so often until what it sees `isRight`, and resolves with that. Pages tell nobody when they change, so this one
 * place polls. After `timeoutMs` it rejects with what `complain` makes of what was seen last.
 */
export async function eventually<Seen>(
  look: () => Promise<Seen>,
  isRight: (seen: Seen) => boolean,
  complain: (seen: Seen) => string | Promise<string>,
  { timeoutMs = 60_000, everyMs = 100 }: { readonly timeoutMs?: number | undefined; readonly everyMs?: number } = {},
): Promise<Seen> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (isRight(seen)) return seen;
    if (Date.now() > giveUpAt) throw new Error(await complain(seen));
    await new Promise((next) => setTimeout(next, everyMs));
  }
}

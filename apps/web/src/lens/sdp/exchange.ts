import type { InspectedDescription } from '@maru/client';

/** An offer and the answer to it. One of them may be missing: not there yet, or no longer kept. */
export interface Exchange {
  readonly offer: InspectedDescription | undefined;
  readonly answer: InspectedDescription | undefined;
  readonly atMs: number;
}

/**
 * Pairs descriptions to exchanges, oldest first. An offer that never got its answer (it was rolled back in glare, or nobody answered)
 * stays an exchange of its own; provisional answers are followed by the answer that replaces them.
 */
export function pairExchanges(descriptions: readonly InspectedDescription[]): readonly Exchange[] {
  const exchanges: { offer: InspectedDescription | undefined; answer: InspectedDescription | undefined; atMs: number }[] = [];
  for (const description of descriptions) {
    const open = exchanges.at(-1);
    if (description.type === 'rollback') continue;
    if (description.type === 'offer') exchanges.push({ offer: description, answer: undefined, atMs: description.atMs });
    else if (open && (!open.answer || open.answer.type === 'pranswer') && open.offer?.side !== description.side)
      open.answer = description;
    else exchanges.push({ offer: undefined, answer: description, atMs: description.atMs });
  }
  return exchanges;
}

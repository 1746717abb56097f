import { html, nothing, type TemplateResult } from 'lit';

export interface OperatorTable {
  readonly id: string;
  readonly title: string;
  /** Small beside the title, where there is something to say. */
  readonly note?: string;
  readonly head: readonly string[];
  /** Columns from this one on stand at the right. */
  readonly firstNumber: number;
  /** Undefined: there are none. */
  readonly rows: unknown;
  /** What stands there in place of no rows. */
  readonly nothingThere?: string;
}

/** Rows under a heading, in a box that scrolls by itself; or a sentence when there are none. */
export function operatorTable({ id, title, note = '', head, firstNumber, rows, nothingThere }: OperatorTable): TemplateResult {
  return html`<section aria-labelledby=${id} data-testid=${id}>
    <h2 id=${id}>${title}${note === '' ? nothing : html`<small>${note}</small>`}</h2>
    ${
      rows === undefined
        ? html`<p class="soft">${nothingThere}</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label=${title}>
            <table>
              <thead>
                <tr>${head.map((name, index) => html`<th scope="col" class=${index >= firstNumber ? 'number' : ''}>${name}</th>`)}</tr>
              </thead>
              <tbody>${rows}</tbody>
            </table>
          </div>`
    }
  </section>`;
}

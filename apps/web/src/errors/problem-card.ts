import { css, html, nothing } from 'lit';
import { TriangleAlert } from 'lucide';
import { words } from '../i18n/index.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons } from '../ui/styles.js';
import type { Problem, ProblemAction } from './problem.js';

/** A problem on the page: sentence, reason, steps, a button; codes only in the fold. Tells `problem-action`. */
export class ProblemCard extends MaruElement {
  static override properties = { problem: { attribute: false } };
  declare problem: Problem | undefined;

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
        padding: 1rem 1.1rem;
        border: 1px solid color-mix(in srgb, var(--amber) 55%, transparent);
        border-radius: var(--radius);
        background: var(--amber-wash);
        text-align: start;
      }
      .head {
        display: flex;
        gap: 0.65rem;
        align-items: flex-start;
      }
      .head svg {
        margin-top: 0.15rem;
        color: var(--amber-ink);
      }
      h2,
      h3 {
        font-size: var(--text-m);
        font-weight: 600;
      }
      h3 {
        margin-top: 0.7rem;
        font-size: var(--text-s);
      }
      p {
        margin-top: 0.2rem;
      }
      ol {
        display: grid;
        gap: 0.25rem;
        margin-top: 0.35rem;
        padding-inline-start: 1.3rem;
        list-style: decimal;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        margin-top: 0.9rem;
      }
      details {
        margin-top: 0.7rem;
        color: var(--ink-soft);
        font-size: var(--text-s);
      }
      summary {
        width: fit-content;
        min-height: 1.9rem;
        line-height: 1.9rem;
        cursor: pointer;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0.15rem 0.8rem;
      }
      dt {
        color: var(--ink-soft);
      }
      dd {
        font-family: var(--mono);
        overflow-wrap: anywhere;
        user-select: all;
      }
    `,
  ];

  protected override render() {
    const { problem } = this;
    if (!problem) return nothing;
    const { steps, action, details } = problem;
    return html`
      <div role="alert" data-testid="problem" data-code=${details?.code ?? ''}>
        <div class="head">
          ${icon(TriangleAlert, 22)}
          <div>
            <h2>${problem.sentence}</h2>
            <p>${problem.why}</p>
            ${
              steps &&
              html`<h3>${steps.title}</h3>
                <ol data-testid="problem-steps">
                  ${steps.list.map((step) => html`<li>${step}</li>`)}
                </ol>`
            }
          </div>
        </div>
      </div>
      ${
        action &&
        html`<div class="actions">
          <button class="primary" data-testid="problem-action" @click=${() => this.tell<ProblemAction>('problem-action', action.does)}>
            ${action.label}
          </button>
        </div>`
      }
      ${details && this.fold(details)}
    `;
  }

  private fold(details: NonNullable<Problem['details']>) {
    const { app } = words();
    return html`<details data-testid="problem-details">
      <summary>${app.details}</summary>
      <dl>
        <dt>${app.detailCode}</dt>
        <dd>${details.code}</dd>
        ${details.id && html`<dt>${app.detailId}</dt><dd>${details.id}</dd>`}
        <dt>${app.detailText}</dt>
        <dd>${details.text}</dd>
      </dl>
    </details>`;
  }
}

customElements.define('maru-problem', ProblemCard);

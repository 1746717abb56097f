import { css } from 'lit';

/** What the parts of "Under the hood" share: section heads, notes, tables, marks. Widths follow the panel, not the window. */
export const lensStyles = css`
  :host {
    display: block;
    font: 400 var(--text-m, 1rem) / 1.5 var(--font, system-ui, sans-serif);
    font-variant-numeric: tabular-nums;
  }
  h3 {
    font-size: var(--text-m, 1rem);
    font-weight: 600;
  }
  .soft {
    color: var(--ink-soft);
  }
  .small {
    font-size: var(--text-s, 0.8125rem);
  }
  code,
  pre,
  .code {
    font-family: var(--mono, ui-monospace, monospace);
    font-size: var(--text-s, 0.8125rem);
    overflow-wrap: anywhere;
  }
  pre {
    margin: 0.25rem 0 0;
    padding: 0.5rem 0.6rem;
    border-radius: var(--radius-small, 8px);
    background: var(--raised);
    white-space: pre-wrap;
    max-height: 18rem;
    overflow: auto;
  }
  summary {
    cursor: pointer;
  }
  .mark {
    display: inline-block;
    padding: 0 0.45em;
    border: 1px solid currentcolor;
    border-radius: 999px;
    font: 500 0.75rem / 1.55 var(--font, system-ui, sans-serif);
    white-space: nowrap;
  }
  .mark.good {
    color: var(--celadon-ink, var(--celadon));
    background: var(--celadon-wash, transparent);
  }
  .mark.warn {
    color: var(--amber-ink, var(--amber));
    background: var(--amber-wash, transparent);
  }
  .mark.bad {
    color: var(--vermilion-ink, var(--vermilion));
    background: var(--vermilion-wash, transparent);
  }
  .mark.plain {
    color: var(--ink-soft);
  }
  @media (forced-colors: active) {
    .mark {
      forced-color-adjust: none;
    }
  }
`;

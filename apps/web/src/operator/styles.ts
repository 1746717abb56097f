import { css } from 'lit';

/** Cards, tables and meters of the operator's pages, beside `fields`. */
export const operatorStyles = css`
  :host {
    display: block;
    min-height: 100vh;
    background: var(--paper);
    font: 400 var(--text-m) / 1.5 var(--font);
    font-variant-numeric: tabular-nums;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 1rem;
    padding: 0.75rem clamp(1rem, 4vw, 2.5rem);
  }
  header h1 {
    flex: 1;
    white-space: nowrap;
    font: 600 var(--text-l) / 1.2 var(--font);
  }
  main {
    display: grid;
    gap: 1rem;
    max-width: 84rem;
    margin: 0 auto;
    padding: 0 clamp(1rem, 4vw, 2.5rem) 4rem;
  }
  section,
  form {
    min-width: 0;
    padding: 1.1rem 1.25rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--panel);
  }
  form {
    display: grid;
    gap: 0.75rem;
    max-width: 30rem;
    margin: 12vh auto 0;
  }
  input[type='password'] {
    font-family: var(--mono);
  }
  h2 {
    margin-bottom: 0.6rem;
    font: 600 var(--text-l) / 1.25 var(--font);
  }
  h2 small {
    margin-left: 0.5rem;
    color: var(--ink-soft);
    font: 400 var(--text-s) / 1.4 var(--font);
  }
  .soft {
    color: var(--ink-soft);
    font-size: var(--text-s);
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.4rem 1.25rem;
  }
  .bar .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    margin-left: auto;
  }
  .notice {
    padding: 0.6rem 1rem;
    border-radius: var(--radius-small);
    background: var(--amber-wash);
    color: var(--amber-ink);
  }
  .problem {
    background: var(--vermilion-wash);
    color: var(--vermilion-ink);
  }
  .plots {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr));
    gap: 1rem 2rem;
  }
  .scroll {
    overflow-x: auto;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-size: var(--text-s);
  }
  th,
  td {
    padding: 0.45rem 0.9rem 0.45rem 0;
    border-bottom: 1px solid var(--line);
    text-align: left;
    white-space: nowrap;
  }
  td.wide {
    white-space: normal;
    min-width: 14rem;
  }
  th {
    color: var(--ink-soft);
    font-weight: 500;
  }
  .number {
    text-align: right;
  }
  tr:last-child td {
    border-bottom: 0;
  }
  code {
    font: 400 0.8125rem/1.4 var(--mono);
  }
  .meters {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
    gap: 0.9rem 2rem;
  }
  .meters dt {
    display: flex;
    justify-content: space-between;
    gap: 1rem;
    font-size: var(--text-s);
  }
  meter {
    width: 100%;
    height: 0.6rem;
  }
  meter::-webkit-meter-bar {
    border: 0;
    border-radius: 0.3rem;
    background: var(--raised);
  }
  meter::-webkit-meter-optimum-value {
    background: var(--celadon);
  }
  meter::-webkit-meter-suboptimum-value {
    background: var(--vermilion);
  }
  meter::-moz-meter-bar {
    background: var(--celadon);
  }
  td button {
    min-height: 36px;
    padding-block: 0.2rem;
  }
`;

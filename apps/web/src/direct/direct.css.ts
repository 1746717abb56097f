import { css } from 'lit';

/** The page of calls without a server: one's own picture on one side, the steps on the other. */
export const directStyles = css`
  .page {
    display: grid;
    grid-template-rows: auto 1fr;
    gap: 1rem;
    max-width: 72rem;
    min-height: 100dvh;
    margin: 0 auto;
    padding: max(1rem, env(safe-area-inset-top)) max(1.25rem, env(safe-area-inset-right))
      max(2rem, env(safe-area-inset-bottom)) max(1.25rem, env(safe-area-inset-left));
  }
  header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 1rem;
  }
  .name-of-app {
    font: 650 1.5rem / 1 var(--font);
    letter-spacing: -0.02em;
  }
  .name-of-app span {
    color: var(--ink-soft);
    font: 500 0.78rem / 1 var(--font);
  }
  main {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    gap: 1.5rem 2.5rem;
    align-items: start;
    align-content: center;
  }
  main.alone {
    grid-template-columns: minmax(0, 40rem);
    justify-content: center;
  }
  .card h1 {
    font: 600 var(--text-l) / 1.3 var(--font);
    letter-spacing: 0;
  }
  h1 {
    font: 650 var(--text-xxl) / 1.2 var(--font);
    letter-spacing: -0.02em;
    text-wrap: balance;
  }
  h2 {
    font: 600 var(--text-l) / 1.3 var(--font);
  }
  .lead {
    margin-top: 0.4rem;
    color: var(--ink-soft);
    text-wrap: pretty;
  }
  .how {
    display: grid;
    gap: 0.6rem;
    counter-reset: step;
  }
  .how li {
    display: grid;
    grid-template-columns: 2rem minmax(0, 1fr);
    align-items: start;
    counter-increment: step;
  }
  .how li::before {
    content: counter(step);
    display: grid;
    place-items: center;
    width: 1.5rem;
    height: 1.5rem;
    border-radius: 50%;
    background: var(--wood-wash);
    color: var(--wood-deep);
    font: 600 var(--text-s) / 1 var(--font);
  }
  .stack,
  .card {
    display: grid;
    gap: 0.9rem;
    min-width: 0;
  }
  .card {
    padding: 1.2rem 1.25rem;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--panel);
  }
  .card.done {
    opacity: 0.75;
  }
  .step {
    color: var(--ink-soft);
    font-size: var(--text-s);
  }
  .soft {
    color: var(--ink-soft);
    font-size: var(--text-s);
  }
  .problem {
    padding: 0.8rem 1rem;
    border-left: 4px solid var(--vermilion);
    border-radius: 4px;
    background: var(--vermilion-wash);
  }
  .problem:empty {
    display: none;
  }
  .busy {
    display: flex;
    align-items: center;
    gap: 0.7rem;
  }
  .busy::before {
    content: '';
    flex: none;
    width: 1.2rem;
    height: 1.2rem;
    border: 3px solid var(--line);
    border-top-color: var(--wood);
    border-radius: 50%;
    animation: turn 900ms linear infinite;
  }
  @keyframes turn {
    to {
      transform: rotate(360deg);
    }
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.6rem;
  }
  details summary {
    min-height: 44px;
    padding: 0.6rem 0;
    cursor: pointer;
    color: var(--wood-deep);
    font-weight: 500;
  }
  maru-preview {
    width: 100%;
    aspect-ratio: 16 / 10;
  }
  [tabindex='-1']:focus {
    outline: none; /* focus was moved there for screen readers: nothing can be done with it */
  }
  .wide {
    width: 100%;
  }
  @media (max-width: 52rem) {
    main {
      grid-template-columns: minmax(0, 1fr);
      align-content: start;
    }
    main.steps-first .self {
      order: 1;
    }
  }
`;

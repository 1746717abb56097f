import { css } from 'lit';

export const thresholdStyles = css`
  .page {
    display: grid;
    grid-template-rows: auto 1fr;
    max-width: 84rem;
    min-height: 100dvh;
    margin: 0 auto;
    padding: max(1rem, env(safe-area-inset-top)) max(1.25rem, env(safe-area-inset-right)) max(1.5rem, env(safe-area-inset-bottom))
      max(1.25rem, env(safe-area-inset-left));
  }
  header {
    display: flex;
    align-items: center;
    justify-content: space-between;
  }
  main {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(20rem, 25rem);
    gap: 2.5rem;
    align-items: center;
    padding-block: 1rem;
  }
  maru-preview {
    width: 100%;
    aspect-ratio: 16 / 10;
    max-height: calc(100dvh - 9rem);
  }
  .card {
    display: grid;
    gap: 1.1rem;
  }
  .hall {
    color: var(--ink-soft);
    font-size: var(--text-s);
    overflow-wrap: anywhere;
  }
  h1 {
    font: 650 var(--text-xxl) / 1.2 var(--font);
    letter-spacing: -0.02em;
  }
  .name {
    display: grid;
    gap: 0.25rem;
  }
  .name input {
    min-height: 50px;
    font-size: 1.0625rem;
  }
  .devices {
    border-top: 1px solid var(--line);
    border-bottom: 1px solid var(--line);
  }
  .devices[open] {
    padding-bottom: 1rem;
  }
  summary {
    display: flex;
    gap: 0.4rem;
    align-items: center;
    justify-content: space-between;
    min-height: 46px;
    color: var(--ink-soft);
    font: 600 var(--text-s) / 1.4 var(--font);
    list-style: none;
    cursor: pointer;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  summary svg {
    transition: transform var(--motion);
  }
  [open] summary svg {
    transform: rotate(180deg);
  }
  .shares {
    color: var(--ink-soft);
    font-size: var(--text-s);
  }
  .shares b {
    color: var(--ink);
    font-weight: 600;
  }
  .go {
    display: flex;
    gap: 0.5rem;
  }
  .go .primary {
    flex: 1;
    min-height: 56px;
    font-size: var(--text-l);
  }
  .back {
    min-height: 56px;
    color: var(--ink-soft);
  }
  @media (max-width: 54rem) {
    main {
      grid-template-columns: minmax(0, 1fr);
      gap: 1.25rem;
      align-content: start;
      max-width: 36rem;
      width: 100%;
      margin: 0 auto;
      padding-block: 0.25rem 0;
    }
    maru-preview {
      aspect-ratio: 4 / 3.6;
      max-height: 46dvh;
    }
    h1 {
      font-size: var(--text-xl);
    }
    .go {
      position: sticky;
      bottom: 0;
      margin-inline: -1.25rem;
      padding: 0.75rem 1.25rem max(0.75rem, env(safe-area-inset-bottom));
      background: linear-gradient(transparent, var(--paper) 0.75rem);
    }
  }
  @media (max-width: 54rem) and (orientation: landscape) {
    main {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
      max-width: none;
    }
    maru-preview {
      position: sticky;
      top: 0.5rem;
      aspect-ratio: 4 / 3;
      max-height: calc(100dvh - 5.5rem);
    }
    .go {
      margin-inline: 0;
      padding-inline: 0;
    }
  }
`;

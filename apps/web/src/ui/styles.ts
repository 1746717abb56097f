import { css } from 'lit';

/** What every shadow root begins with: box model, focus ring, text that only screen readers see. */
export const base = css`
  :host {
    box-sizing: border-box;
    color: var(--ink);
  }
  :host([hidden]) {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :focus-visible {
    outline: 3px solid var(--wood);
    outline-offset: 2px;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  figure {
    margin: 0;
  }
  ul,
  ol {
    padding: 0;
    list-style: none;
  }
  svg {
    display: block;
    flex: none;
  }
  a {
    color: var(--wood-deep);
    text-underline-offset: 0.2em;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;

/** Buttons: a plain one, the primary of a view, a quiet one, one that only has an icon. Never smaller than a thumb. */
export const buttons = css`
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.5rem;
    min-height: 44px;
    min-width: 44px;
    padding: 0.5rem 1.1rem;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--panel);
    color: var(--ink);
    font: 500 var(--text-m) / 1.2 var(--font);
    text-decoration: none;
    cursor: pointer;
    transition:
      background var(--motion),
      border-color var(--motion),
      transform var(--motion);
    -webkit-tap-highlight-color: transparent;
  }
  button:hover,
  .button:hover {
    background: var(--raised);
  }
  button:active,
  .button:active {
    transform: scale(0.98);
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
    transform: none;
  }
  button.primary,
  .button.primary {
    border-color: var(--wood);
    background: var(--wood);
    color: var(--on-wood);
    font-weight: 600;
  }
  button.primary:hover,
  .button.primary:hover {
    border-color: var(--wood-deep);
    background: var(--wood-deep);
  }
  button.danger {
    border-color: var(--vermilion);
    background: var(--vermilion);
    color: var(--on-vermilion);
    font-weight: 600;
  }
  button.quiet,
  .button.quiet {
    border-color: transparent;
    background: transparent;
    padding-inline: 0.75rem;
  }
  button.quiet:hover,
  .button.quiet:hover {
    background: var(--raised);
  }
  button.square {
    padding: 0;
    width: 44px;
  }
`;

/** Text fields, choices and their labels. */
export const fields = css`
  label,
  .label {
    font: 500 var(--text-s) / 1.4 var(--font);
    color: var(--ink-soft);
  }
  input[type='text'],
  input[type='url'],
  input[type='password'],
  select,
  textarea {
    width: 100%;
    min-height: 44px;
    padding: 0.55rem 0.8rem;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    background: var(--panel);
    color: var(--ink);
    font: 400 var(--text-m) / 1.4 var(--font);
  }
  select {
    appearance: none;
    padding-right: 2.2rem;
    background-image:
      linear-gradient(45deg, transparent 50%, currentcolor 50%), linear-gradient(-45deg, transparent 50%, currentcolor 50%);
    background-position:
      right 1.05rem center,
      right 0.75rem center;
    background-size: 0.32rem 0.32rem;
    background-repeat: no-repeat;
    text-overflow: ellipsis;
  }
  select option {
    background: var(--panel);
    color: var(--ink);
  }
  ::placeholder {
    color: var(--ink-soft);
    opacity: 1;
  }
`;

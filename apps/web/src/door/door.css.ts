import { css } from 'lit';

export const doorStyles = css`
  .page {
    display: grid;
    grid-template-rows: auto 1fr;
    max-width: 70rem;
    min-height: 100dvh;
    margin: 0 auto;
    padding: max(1rem, env(safe-area-inset-top)) max(1.25rem, env(safe-area-inset-right)) max(2rem, env(safe-area-inset-bottom))
      max(1.25rem, env(safe-area-inset-left));
  }
  header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 1rem;
  }
  main {
    display: grid;
    grid-template-columns: minmax(0, 27rem) minmax(0, 1fr);
    gap: 2.5rem 4rem;
    align-content: center;
    padding-block: 2rem;
  }
  h1 {
    font: 650 var(--text-display) / 1.15 var(--font);
    letter-spacing: -0.025em;
    text-wrap: balance;
  }
  h2 {
    margin-bottom: 0.6rem;
    color: var(--ink-soft);
    font: 600 var(--text-s) / 1.4 var(--font);
  }
  .subtitle {
    margin-top: 0.8rem;
    color: var(--ink-soft);
    font-size: 1.0625rem;
    text-wrap: pretty;
  }
  maru-problem {
    margin-top: 1.25rem;
  }
  .start {
    width: 100%;
    min-height: 58px;
    margin-top: 1.75rem;
    font-size: var(--text-l);
  }
  form {
    margin-top: 1.5rem;
  }
  .row {
    display: flex;
    gap: 0.5rem;
    margin-top: 0.3rem;
  }
  .row button {
    flex: none;
  }
  .field {
    position: relative;
    flex: 1;
    min-width: 0;
  }
  .field svg {
    position: absolute;
    top: 13px;
    left: 0.8rem;
    color: var(--ink-soft);
    pointer-events: none;
  }
  .field input {
    padding-left: 2.5rem;
    text-overflow: ellipsis;
  }
  .error {
    min-height: 1.5rem;
    margin-top: 0.25rem;
    color: var(--vermilion-ink);
    font-size: var(--text-s);
  }
  .mode {
    font-size: var(--text-s);
    color: var(--ink-soft);
  }
  .mode summary {
    min-height: 44px;
    align-content: center;
    cursor: pointer;
  }
  .mode select {
    width: 100%;
  }
  .direct {
    display: flex;
    gap: 0.8rem;
    align-items: center;
    margin-top: 0.25rem;
    padding: 0.7rem 1rem;
    border-radius: var(--radius);
    background: var(--raised);
    color: var(--ink);
    text-decoration: none;
    transition: background var(--motion);
  }
  .saved {
    justify-self: start;
    padding: 0.4rem 1rem;
    color: var(--ink-soft);
    font-size: var(--text-s);
  }
  .direct:hover {
    background: var(--wood-wash);
  }
  .direct span {
    flex: 1;
  }
  .direct svg {
    color: var(--wood);
  }
  .direct b,
  .direct small {
    display: block;
    line-height: 1.4;
  }
  b {
    font-weight: 600;
  }
  small {
    color: var(--ink-soft);
    font-size: var(--text-s);
  }
  .picture {
    align-self: center;
  }
  .picture svg {
    width: 100%;
    height: auto;
    overflow: visible;
  }
  .sun {
    fill: light-dark(#e9c79a, #5a4526);
  }
  .hill {
    fill: light-dark(#e6ede4, #1b211d);
  }
  .wall {
    fill: light-dark(#f1e7d8, #2b251c);
  }
  .paper {
    fill: light-dark(#fffdf8, #4a3c26);
  }
  .lattice {
    stroke: light-dark(#b98a57, #8f6c3f);
    stroke-width: 2;
  }
  .post {
    fill: light-dark(#9a6a34, #8a6335);
  }
  .roof {
    fill: light-dark(#4b4238, #3b352c);
  }
  .ridge {
    fill: light-dark(#38312a, #4a4338);
  }
  .floor {
    fill: light-dark(#c1925a, #a87b45);
  }
  .board {
    stroke: light-dark(#a37540, #7d5930);
    stroke-width: 2;
  }
  .stone {
    fill: light-dark(#cfc7ba, #39342c);
  }
  .one {
    fill: light-dark(#3f7d6c, #7fc1ae);
  }
  .two {
    fill: light-dark(#c2362b, #e2685a);
  }
  .recent {
    grid-column: 1 / -1;
  }
  .recent ul {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(15.5rem, 1fr));
    gap: 0.6rem;
  }
  .recent li {
    display: flex;
    align-items: center;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--panel);
  }
  .recent a {
    flex: 1;
    min-width: 0;
    padding: 0.6rem 0.3rem 0.6rem 1rem;
    border-radius: var(--radius);
    color: var(--ink);
    text-decoration: none;
  }
  .recent li:hover {
    border-color: var(--wood);
  }
  .recent b,
  .recent small {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .recent button {
    color: var(--ink-soft);
  }
  .promises {
    display: grid;
    grid-column: 1 / -1;
    grid-template-columns: repeat(3, 1fr);
    gap: 2rem;
    padding-top: 1.75rem;
    border-top: 1px solid var(--line);
  }
  .promises li {
    display: flex;
    gap: 0.8rem;
  }
  .promises svg {
    margin-top: 0.1rem;
    color: var(--wood);
  }
  .promises p {
    color: var(--ink-soft);
    font-size: 0.9375rem;
    text-wrap: pretty;
  }
  @media (max-width: 54rem) {
    main {
      grid-template-columns: minmax(0, 1fr);
      gap: 2rem;
      align-content: start;
      max-width: 32rem;
      width: 100%;
      margin: 0 auto;
      padding-block: 1.25rem;
    }
    .picture {
      grid-row: 1;
      width: min(17rem, 62%);
    }
    h1 {
      font-size: 2.2rem;
    }
    .promises {
      grid-template-columns: 1fr;
      gap: 1.25rem;
    }
  }
`;

import { css } from 'lit';

export const controlBarStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    color-scheme: dark;
  }
  .bar {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr);
    gap: 0.75rem;
    align-items: center;
    padding: 0.5rem max(0.9rem, env(safe-area-inset-right)) max(0.7rem, env(safe-area-inset-bottom)) max(0.9rem, env(safe-area-inset-left));
  }
  .middle,
  .side {
    display: flex;
    gap: 0.35rem;
    align-items: center;
  }
  .end {
    justify-content: flex-end;
  }
  .start {
    min-width: 0;
  }
  .narrow {
    display: none;
  }
  .tool,
  .leave {
    position: relative;
    flex-direction: column;
    gap: 3px;
    min-width: 60px;
    min-height: 54px;
    padding: 0.35rem 0.5rem;
    border: 0;
    border-radius: var(--radius);
    background: transparent;
    color: #f3eee6;
    font: 500 0.75rem/1.2 var(--font);
    white-space: nowrap;
  }
  .tool:hover {
    background: rgb(255 255 255 / 9%);
  }
  .tool[aria-expanded='true'],
  .tool[aria-pressed='true'].wide {
    background: rgb(217 165 102 / 20%);
    color: #f0c692;
  }
  .split {
    position: relative;
    display: flex;
    border-radius: var(--radius);
    background: rgb(255 255 255 / 8%);
  }
  .split[data-off='yes'] {
    background: #52201b;
  }
  .split[data-off='yes'] .tool {
    color: #ffb6aa;
  }
  .split .tool {
    min-width: 66px;
  }
  .chevron {
    min-width: 30px;
    padding: 0;
    border: 0;
    border-radius: var(--radius);
    background: transparent;
    color: #cfc5b7;
  }
  .chevron:hover {
    background: rgb(255 255 255 / 10%);
  }
  .leave {
    min-width: 84px;
    margin-inline-start: 0.35rem;
    background: #c2362b;
    color: #fff;
  }
  .leave svg {
    transform: rotate(135deg);
  }
  .leave:hover {
    background: #a92b21;
  }
  .badge,
  .count,
  .trouble {
    position: absolute;
    top: 3px;
    left: calc(50% + 5px);
    min-width: 18px;
    padding: 0 5px;
    border-radius: 9px;
    background: #d9a566;
    color: #211608;
    font: 700 0.6875rem/18px var(--font);
    text-align: center;
  }
  .count {
    background: #3a352d;
    color: #f3eee6;
  }
  .trouble {
    background: #e5b454;
  }
  :focus-visible {
    outline-color: #d9a566;
  }
  @container (max-width: 74rem) {
    .end .text,
    .tool.wide .text {
      display: none;
    }
    .end .tool,
    .tool.wide {
      min-width: 48px;
      padding-inline: 0.25rem;
    }
  }
  @container (max-width: 62rem) {
    /* a panel stands beside it: the middle leaves the middle before anything overlaps */
    .bar {
      grid-template-columns: minmax(0, 1fr) auto auto;
    }
  }
  @container (max-width: 52rem) {
    .bar {
      grid-template-columns: minmax(0, 1fr);
      justify-items: center;
      padding-inline: 0.5rem;
    }
    .side {
      display: none;
    }
    .middle {
      gap: 0.5rem;
      justify-content: center;
      width: 100%;
    }
    .narrow {
      display: contents;
    }
    .leave span {
      display: none;
    }
    .leave {
      min-width: 58px;
    }
  }
  @container (max-width: 34rem) {
    .text,
    .chevron,
    .tool.wide {
      display: none;
    }
    .split .tool,
    .tool,
    .leave {
      min-width: 56px;
      min-height: 56px;
      padding: 0;
    }
    .split,
    .split .tool,
    .tool,
    .leave {
      border-radius: 50%;
    }
    .narrow .tool {
      background: rgb(255 255 255 / 8%);
    }
    .leave {
      margin-inline-start: 0;
    }
  }
`;

import { css } from 'lit';

export const hallStyles = css`
  :host {
    display: block;
    height: 100dvh;
    background: var(--stage);
  }
  .hall {
    display: grid;
    grid-template:
      'top panel' auto
      'stage panel' minmax(0, 1fr)
      'bar panel' auto
      / minmax(0, 1fr) auto;
    height: 100%;
    overflow: hidden;
  }
  .hall[data-bar='hidden'] {
    cursor: none;
  }
  .top {
    grid-area: top;
    color-scheme: dark;
  }
  .strip {
    display: flex;
    align-items: center;
    justify-content: center;
    min-height: 44px;
    padding: max(0.2rem, env(safe-area-inset-top)) 0.8rem 0.2rem;
  }
  .line {
    display: flex;
    gap: 0.6rem;
    align-items: center;
    justify-content: center;
    min-height: 32px;
    padding: 0.1rem 1rem;
    background: #3d3216;
    color: #f4dfb0;
    font-size: 0.875rem;
    animation: unfold var(--motion);
  }
  .line.sharing {
    background: #1f332d;
    color: #c4e8dd;
  }
  .line i {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: #e5b454;
    animation: breathe 1.6s ease-in-out infinite;
  }
  .line button {
    min-height: 44px;
    padding: 0.2rem 0.8rem;
    border-color: currentcolor;
    background: transparent;
    color: inherit;
    font-size: 0.875rem;
  }
  @keyframes unfold {
    from {
      opacity: 0;
    }
  }
  @keyframes breathe {
    50% {
      opacity: 0.25;
    }
  }
  .stage {
    display: grid;
    grid-area: stage;
    grid-template-columns: minmax(0, 1fr);
    gap: 1rem;
    min-height: 0;
    padding: 8px max(8px, env(safe-area-inset-right)) 0 max(8px, env(safe-area-inset-left));
    color-scheme: dark;
  }
  .stage[data-alone] {
    grid-template-columns: minmax(0, 1fr) minmax(17rem, 22rem);
  }
  maru-stage {
    min-height: 0;
  }
  .alone {
    display: grid;
    gap: 0.6rem;
    align-content: center;
    justify-items: center;
    padding: 1.5rem;
    border-radius: var(--radius-tile);
    background: var(--panel);
    color: var(--ink);
    text-align: center;
    overflow: auto;
  }
  .alone h2 {
    font: 650 var(--text-l) / 1.3 var(--font);
  }
  .alone p {
    margin-bottom: 0.4rem;
    color: var(--ink-soft);
    font-size: 0.9375rem;
  }
  .alone maru-invite {
    width: 100%;
  }
  .bar {
    grid-area: bar;
    min-width: 0;
    transition:
      opacity var(--motion),
      transform var(--motion);
  }
  .hall[data-bar='hidden'] .bar {
    opacity: 0;
    transform: translateY(8px);
  }
  .panel {
    grid-area: panel;
    width: 22.5rem;
    min-width: 0;
    min-height: 0;
    margin: 8px 8px 8px 0;
    border-radius: 16px;
    background: var(--panel);
    overflow: hidden;
    animation: slide var(--motion);
  }
  .panel[data-panel='hood'] {
    width: min(64rem, 66vw);
  }
  .panel:focus-visible {
    outline: none;
  }
  .panel > * {
    height: 100%;
  }
  maru-files-panel,
  maru-under-the-hood {
    display: block;
    min-height: 0;
    overflow: auto;
  }
  @keyframes slide {
    from {
      opacity: 0;
      transform: translateX(12px);
    }
  }
  .curtain {
    position: fixed;
    inset: 0;
  }
  .more {
    position: fixed;
    right: 0.75rem;
    bottom: calc(5rem + env(safe-area-inset-bottom));
  }
  .hall:not([data-panel='none']):not([data-narrow]) .more {
    right: calc(22.5rem + 1.5rem);
  }
  .hall[data-panel='hood']:not([data-narrow]) .more {
    right: calc(min(64rem, 66vw) + 1.5rem);
  }
  @media (max-width: 52rem) {
    .hall {
      grid-template:
        'top' auto
        'stage' minmax(0, 1fr)
        'bar' auto
        'panel' auto
        / minmax(0, 1fr);
    }
    .hall:not([data-panel='none']) {
      grid-template:
        'top' auto
        'stage' minmax(5rem, 30dvh)
        'bar' auto
        'panel' minmax(0, 1fr)
        / minmax(0, 1fr);
    }
    .panel,
    .panel[data-panel='hood'] {
      width: 100%;
      margin: 0;
      border-radius: 16px 16px 0 0;
    }
    .stage[data-alone] {
      grid-template-rows: minmax(0, 1fr) auto;
      grid-template-columns: minmax(0, 1fr);
      gap: 8px;
    }
    .alone {
      padding: 1rem;
    }
    .more {
      right: 50%;
      translate: 50% 0;
    }
  }
  @media (max-width: 52rem) and (orientation: landscape) {
    .hall,
    .hall:not([data-panel='none']) {
      grid-template:
        'top panel' auto
        'stage panel' minmax(0, 1fr)
        'bar panel' auto
        / minmax(0, 1fr) auto;
    }
    .panel,
    .panel[data-panel='hood'] {
      width: min(20rem, 46vw);
      margin: 8px 8px 8px 0;
      border-radius: 16px;
    }
    .stage[data-alone] {
      grid-template-rows: minmax(0, 1fr);
      grid-template-columns: minmax(0, 1fr) minmax(15rem, 40vw);
    }
  }
`;

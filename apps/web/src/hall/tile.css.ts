import { css } from 'lit';

export const tileStyles = css`
  :host {
    position: absolute;
    top: 0;
    left: 0;
    display: block;
    overflow: hidden;
    border-radius: var(--radius-tile);
    background: #26221c;
    container-type: size;
    transition:
      transform var(--motion),
      width var(--motion),
      height var(--motion);
  }
  video,
  maru-portrait {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  video {
    object-fit: cover;
  }
  video[data-playing] {
    background: #0e0c0a;
  }
  video[data-contained] {
    object-fit: contain;
  }
  video[data-mirrored] {
    transform: scaleX(-1);
  }
  .ring {
    position: absolute;
    inset: 0;
    border-radius: inherit;
    box-shadow: inset 0 0 0 1px rgb(255 255 255 / 7%);
    pointer-events: none;
    transition: box-shadow var(--motion);
  }
  :host([data-speaking]) .ring {
    box-shadow:
      inset 0 0 0 3px #7fc1ae,
      inset 0 0 0 5px rgb(14 12 10 / 45%);
  }
  .label {
    position: absolute;
    inset: auto 8px 8px;
    display: flex;
    gap: 6px;
    align-items: center;
    pointer-events: none;
  }
  .name {
    display: flex;
    gap: 6px;
    align-items: center;
    min-width: 0;
    min-height: 28px;
    padding-inline: 9px 3px;
    border-radius: var(--radius-small);
    background: rgb(14 12 10 / 68%);
    color: #f7f2ea;
    font: 500 0.875rem / 1.3 var(--font);
  }
  .name:not(:has(.bars)) {
    padding-inline-end: 9px;
  }
  .text {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .muted {
    color: #ff9c8e;
  }
  .hand {
    display: grid;
    place-items: center;
    width: 30px;
    height: 30px;
    border-radius: 50%;
    background: #e5b454;
    color: #2a1d05;
    animation: wave 600ms ease-in-out 2;
    transform-origin: 60% 90%;
  }
  @keyframes wave {
    25% {
      transform: rotate(-14deg);
    }
    75% {
      transform: rotate(14deg);
    }
  }
  .bars {
    display: flex;
    gap: 2px;
    align-items: flex-end;
    justify-content: center;
    min-width: 30px;
    min-height: 28px;
    height: 28px;
    padding: 0 0 8px;
    border: 0;
    border-radius: var(--radius-small);
    background: none;
    color: #7fc1ae;
    pointer-events: auto;
  }
  .bars::after {
    position: absolute;
    width: 44px;
    height: 44px;
    margin-bottom: -16px;
    content: '';
  }
  .bars:hover {
    background: rgb(255 255 255 / 12%);
  }
  .bars i {
    width: 4px;
    border-radius: 1px;
    background: currentcolor;
  }
  .bars i:nth-child(1) {
    height: 5px;
  }
  .bars i:nth-child(2) {
    height: 9px;
  }
  .bars i:nth-child(3) {
    height: 13px;
  }
  .bars[data-level='unknown'] i {
    background: rgb(255 255 255 / 45%);
  }
  .bars[data-level='weak'] {
    color: #e5b454;
  }
  .bars[data-level='bad'] {
    color: #ff8573;
  }
  .bars[data-level='weak'] i:nth-child(3),
  .bars[data-level='bad'] i:nth-child(n + 2) {
    background: rgb(255 255 255 / 28%);
  }
  .explanation {
    position: absolute;
    inset: auto 8px 44px;
    width: fit-content;
    max-width: min(22rem, calc(100% - 16px));
    padding: 0.7rem 0.9rem;
    border-radius: var(--radius-small);
    background: rgb(14 12 10 / 90%);
    color: #f7f2ea;
    font-size: 0.875rem;
  }
  .explanation dl {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0.1rem 0.9rem;
    margin-top: 0.35rem;
    font-size: var(--text-s);
  }
  .explanation dt {
    color: #c9bfb0;
  }
  .tools {
    position: absolute;
    top: 8px;
    right: 8px;
    display: flex;
    gap: 4px;
    opacity: 0;
    transition: opacity var(--motion);
  }
  :host(:hover) .tools,
  .tools:focus-within {
    opacity: 1;
  }
  .tools button {
    min-width: 44px;
    min-height: 44px;
    padding: 0;
    border: 0;
    border-radius: var(--radius-small);
    background: rgb(14 12 10 / 68%);
    color: #f7f2ea;
  }
  .tools button:hover {
    background: rgb(14 12 10 / 88%);
  }
  .state {
    position: absolute;
    top: 8px;
    left: 8px;
    display: flex;
    gap: 8px;
    align-items: center;
    min-height: 28px;
    padding-inline: 9px;
    border-radius: var(--radius-small);
    background: rgb(14 12 10 / 68%);
    color: #f7f2ea;
    font-size: 0.875rem;
  }
  .state i {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: #e5b454;
    animation: breathe 1.6s ease-in-out infinite;
  }
  @keyframes breathe {
    50% {
      opacity: 0.25;
    }
  }
  @media (hover: none) {
    .tools:not(:focus-within) {
      pointer-events: none;
      opacity: 0;
    }
    :host([data-touched]) .tools {
      pointer-events: auto;
      opacity: 1;
    }
  }
  @container (max-width: 200px) {
    .tools,
    .state {
      transform: scale(0.82);
      transform-origin: top right;
    }
    .state {
      transform-origin: top left;
    }
  }
  @container (max-width: 130px) {
    .tools {
      display: none;
    }
    .bars {
      display: none;
    }
    .name {
      padding-inline-end: 9px;
      font-size: 0.75rem;
    }
  }
`;

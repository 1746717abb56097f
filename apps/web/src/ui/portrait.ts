import { css, html } from 'lit';
import { User } from 'lucide';
import { MaruElement } from './element.js';
import { icon } from './icon.js';
import { initialsOf, oneOf } from './initials.js';
import { base } from './styles.js';

/** Pine, oak, cherry, walnut, ash: five woods, dark enough for light letters in both themes. */
const WOODS = 5;

/** A person without a picture: initials on wood, filling whatever it stands in. */
export class Portrait extends MaruElement {
  static override properties = { name: {} };
  declare name: string;

  static override styles = [
    base,
    css`
      :host {
        display: grid;
        place-items: center;
        width: 100%;
        height: 100%;
        overflow: hidden;
        container-type: size;
        background: #4a3a28;
        user-select: none;
      }
      .wood {
        grid-area: 1 / 1;
        width: 100%;
        height: 100%;
        background:
          repeating-linear-gradient(91.5deg, rgb(0 0 0 / 9%) 0 1px, transparent 1px 7px),
          repeating-linear-gradient(88.7deg, rgb(255 236 205 / 5%) 0 2px, transparent 2px 19px),
          repeating-linear-gradient(90.4deg, rgb(0 0 0 / 7%) 0 3px, transparent 3px 43px),
          radial-gradient(120% 90% at 50% 35%, var(--light), var(--deep));
      }
      .wood[data-wood='0'] {
        --light: #7d5c36;
        --deep: #4c3620;
      }
      .wood[data-wood='1'] {
        --light: #6f5a3f;
        --deep: #443626;
      }
      .wood[data-wood='2'] {
        --light: #7a4c36;
        --deep: #4a2d21;
      }
      .wood[data-wood='3'] {
        --light: #5b4636;
        --deep: #372a20;
      }
      .wood[data-wood='4'] {
        --light: #6a6044;
        --deep: #403a28;
      }
      .disc {
        display: grid;
        grid-area: 1 / 1;
        place-items: center;
        width: min(46cqmin, 11rem);
        aspect-ratio: 1;
        border-radius: 50%;
        background: rgb(20 14 7 / 34%);
        box-shadow: inset 0 0 0 1px rgb(255 240 214 / 14%);
        color: #fbf3e4;
        font: 600 min(17cqmin, 4rem) / 1 var(--font);
        letter-spacing: 0.01em;
      }
      .disc svg {
        width: 48%;
        height: 48%;
        opacity: 0.85;
      }
      @container (max-height: 72px) {
        .disc {
          width: 100cqmin;
          background: none;
          box-shadow: none;
          font-size: 38cqmin;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.name = '';
  }

  protected override render() {
    return html`<div class="wood" data-wood=${oneOf(this.name, WOODS)}></div>
      <div class="disc" aria-hidden="true">${this.name.trim() ? initialsOf(this.name) : icon(User, 64)}</div>`;
  }
}

customElements.define('maru-portrait', Portrait);

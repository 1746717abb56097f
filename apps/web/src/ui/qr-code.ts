import { css, html, svg } from 'lit';
import { encode } from 'uqr';
import { MaruElement } from './element.js';
import { base } from './styles.js';

/** A QR code, always dark on light with a quiet margin: cameras do not read it otherwise. */
export class QrCode extends MaruElement {
  static override properties = { value: {}, label: {} };
  declare value: string;
  declare label: string;

  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      svg {
        width: 100%;
        height: auto;
        border-radius: var(--radius-small);
        background: #fffdf9;
      }
      path {
        fill: #211d17;
      }
    `,
  ];

  constructor() {
    super();
    this.value = '';
    this.label = '';
  }

  protected override render() {
    const { data, size } = encode(this.value, { ecc: 'M', border: 3 });
    const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : []))).join('');
    return html`<svg viewBox=${`0 0 ${size} ${size}`} role="img" aria-label=${this.label} shape-rendering="crispEdges">
      ${svg`<path d=${path}></path>`}
    </svg>`;
  }
}

customElements.define('maru-qr-code', QrCode);

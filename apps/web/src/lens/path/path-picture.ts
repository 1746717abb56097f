import { type InspectedConnection, SERVER_ID } from '@maru/client';
import { css, html, nothing, svg } from 'lit';
import { MaruElement } from '../../ui/element.js';
import { base } from '../../ui/styles.js';
import { spoken } from '../bilingual.js';
import { lensStyles } from '../styles.js';
import { lensWords } from '../texts.js';
import { type DrawnPlace, type DrawnRoute, drawPath, type Orientation, type Picture } from './layout.js';
import { reasonOf } from './reason.js';
import { type PathModel, pathModel, type RouteStanding } from './route.js';

/** Below this width of its own, the picture runs down instead of across. */
const NARROW_PX = 560;

/** The path of one connection as a picture, with the chosen way and the reason for it in words below. */
export class LensPath extends MaruElement {
  static override properties = {
    connection: { attribute: false },
    revision: { attribute: false },
    hasServer: { attribute: false },
    orientation: { state: true },
  };
  declare connection: InspectedConnection | undefined;
  /** Changes whenever what is shown, which stays the same object, has something new. */
  declare revision: number;
  /** Whether a server carries the signaling; without, no server is drawn. */
  declare hasServer: boolean;
  declare private orientation: Orientation;

  private readonly sizes = new ResizeObserver(([entry]) => {
    if (entry) this.orientation = entry.contentRect.width < NARROW_PX ? 'down' : 'across';
  });

  constructor() {
    super();
    this.connection = undefined;
    this.revision = 0;
    this.hasServer = true;
    this.orientation = 'across';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes.disconnect();
  }

  protected override render() {
    if (!this.connection) return nothing;
    const words = lensWords();
    const model = pathModel(this.connection);
    const picture = drawPath(model, this.orientation, this.hasServer);
    const why = model.chosen ? spoken(reasonOf(model.chosen, model)) : words.noPath;
    return html`
      <figure>
        <svg viewBox="0 ${picture.top} ${picture.width} ${picture.height}" class=${this.orientation} role="img" aria-label=${words.pathAlt(why)}>
          ${picture.signaling.map((path) => svg`<path class="signaling" d=${path} />`)}
          ${[...picture.routes].reverse().map((route) => this.drawRoute(route, model))}
          ${picture.places.map((place) => this.drawPlace(place, picture, model))}
        </svg>
        <figcaption>
          ${this.legend(model)}
          <p><strong>${words.whyChosen}:</strong> ${why}</p>
          ${picture.hiddenRoutes ? html`<p class="soft small">${words.hiddenRoutes(picture.hiddenRoutes)}</p>` : nothing}
        </figcaption>
      </figure>
    `;
  }

  private drawRoute({ route, path }: DrawnRoute, model: PathModel) {
    const title = `${route.local.address}:${route.local.port} → ${route.remote.address}:${route.remote.port}. ${spoken(reasonOf(route, model))}`;
    return svg`<path class="route ${route.standing}" d=${path}><title>${title}</title></path>`;
  }

  private drawPlace({ place, x, y }: DrawnPlace, { boxWidth, boxHeight }: Picture, model: PathModel) {
    const words = lensWords();
    const name = {
      us: words.us,
      'our-nat': words.ourNat,
      'our-relay': words.relay,
      'their-relay': words.relay,
      'their-nat': words.theirNat,
      them: this.connection?.connectionId === SERVER_ID ? words.mediaServer : words.them(this.connection?.name ?? words.unnamed),
      server: words.server,
    }[place];
    const addresses = place === 'server' ? [] : (model.addressesByPlace.get(place) ?? []);
    const note = place === 'server' ? words.serverRole : addressNote(addresses);
    const used = place === 'server' || model.chosen?.via.includes(place);
    return svg`<g class="place ${place} ${used ? 'used' : 'unused'}" transform="translate(${x} ${y})">
      <rect x=${-boxWidth / 2} y=${-boxHeight / 2} width=${boxWidth} height=${boxHeight} rx="12" />
      <text class="name" y=${note ? -4 : 5}>${clip(name, 19)}</text>
      ${note ? svg`<text class="address" y="14">${note}</text>` : nothing}
      <title>${[name, ...addresses].join(', ')}</title>
    </g>`;
  }

  private legend(model: PathModel) {
    const words = lensWords();
    const standings = new Set<RouteStanding>(model.routes.map((route) => route.standing));
    const line = (kind: string, text: string) => html`<li>
      <svg width="30" height="8" aria-hidden="true"><path class="${kind === 'signaling' ? '' : 'route'} ${kind}" d="M1 4H29" /></svg>${text}
    </li>`;
    return html`<ul class="legend small">
      ${[...standings].map((standing) => line(standing, words.standings[standing]))}
      ${this.hasServer ? line('signaling', words.legendSignaling) : nothing}
    </ul>`;
  }

  static override styles = [
    base,
    lensStyles,
    css`
      figure {
        display: grid;
        gap: 0.5rem;
      }
      figure > svg {
        width: 100%;
        max-height: 25rem;
        border-radius: var(--radius, 12px);
        background: var(--panel);
      }
      figure > svg.down {
        max-height: 36rem;
      }
      path {
        fill: none;
      }
      .signaling {
        stroke: var(--ink-soft);
        stroke-width: 1.5;
        stroke-dasharray: 1 5;
        stroke-linecap: round;
      }
      .route {
        stroke-linejoin: round;
        stroke-linecap: round;
      }
      .route.chosen {
        stroke: var(--celadon);
        stroke-width: 5;
      }
      .route.works {
        stroke: var(--celadon);
        stroke-width: 1.75;
      }
      .route.trying {
        stroke: var(--amber);
        stroke-width: 1.75;
        stroke-dasharray: 7 5;
        animation: march 900ms linear infinite;
      }
      .route.untried {
        stroke: var(--ink-soft);
        stroke-width: 1;
        stroke-dasharray: 2 5;
      }
      .route.failed {
        stroke: var(--vermilion);
        stroke-width: 1.25;
        stroke-dasharray: 6 4;
      }
      @keyframes march {
        to {
          stroke-dashoffset: -12;
        }
      }
      .place rect {
        fill: var(--paper);
        stroke: var(--line-strong, var(--ink-soft));
        stroke-width: 1.25;
      }
      .place.used rect {
        stroke: var(--celadon);
        stroke-width: 2;
      }
      .place.server rect {
        stroke: var(--ink-soft);
        stroke-width: 1.25;
        stroke-dasharray: 3 3;
      }
      text {
        fill: var(--ink);
        text-anchor: middle;
        font-family: var(--font, system-ui, sans-serif);
      }
      text.name {
        font-size: 13.5px;
        font-weight: 600;
      }
      text.address {
        fill: var(--ink-soft);
        font-size: 11.5px;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1rem;
        color: var(--ink-soft);
      }
      .legend li {
        display: flex;
        align-items: center;
        gap: 0.4rem;
      }
    `,
  ];
}

/** The first address that fits a box, and how many more there are. */
function addressNote(addresses: readonly string[]): string {
  const [first] = [...addresses].sort((a, b) => a.length - b.length);
  if (first === undefined) return '';
  return addresses.length > 1 ? `${clip(first, 17)} +${addresses.length - 1}` : clip(first, 20);
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

customElements.define('maru-lens-path', LensPath);

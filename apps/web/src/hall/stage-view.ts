import { css, html, nothing } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { repeat } from 'lit/directives/repeat.js';
import { ChevronDown, ChevronLeft, ChevronRight, ChevronUp } from 'lucide';
import { words } from '../i18n/index.js';
import { arrange, arrangeStrip, type Box, focusOn, MAX_TILES, PAGER_PX, type Size } from '../layout/arrange.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { placeAt } from '../ui/place-at.js';
import { base, buttons } from '../ui/styles.js';
import type { HallModel, ShownSize } from './model/hall-model.js';
import type { TileView } from './model/views.js';
import './tile.js';

const GAP_PX = 8;

/** A tile with where it stands. */
interface Placed {
  readonly tile: TileView;
  readonly box: Box;
}

/** One page of the stage. */
interface Placement {
  readonly placed: readonly Placed[];
  readonly pages: number;
  /** Where the buttons stand that turn the pages, and how they stand. */
  readonly pager: Box | undefined;
  readonly turning: 'row' | 'column';
  readonly isFocused: boolean;
}

/** Where the pictures stand: all equal, or one large and the others in a strip. What is on no page is not asked for. */
export class StageView extends MaruElement {
  static override properties = { model: { attribute: false }, page: { state: true }, size: { state: true } };
  declare model: HallModel | undefined;
  declare page: number;
  declare size: Size;

  static override styles = [
    base,
    buttons,
    css`
      :host {
        position: relative;
        display: block;
        overflow: hidden;
      }
      .tiles {
        position: absolute;
        inset: 0;
      }
      .pages {
        position: absolute;
        top: 0;
        left: 0;
        display: flex;
        align-items: center;
        justify-content: center;
        color: var(--ink);
        font-size: var(--text-s);
      }
      .pages[data-turning='column'] {
        flex-direction: column;
      }
    `,
  ];

  private readonly observer = new ResizeObserver(([entry]) => {
    if (entry) this.size = { width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) };
  });
  private readonly tiles = createRef<HTMLElement>();
  private stop: (() => void) | undefined;
  private shown = '';

  constructor() {
    super();
    this.page = 0;
    this.size = { width: 0, height: 0 };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    this.stop?.();
    this.stop = undefined;
  }

  protected override willUpdate(): void {
    this.stop ??= this.model?.subscribe(() => this.requestUpdate());
  }

  protected override render() {
    const { model, size } = this;
    if (!model || size.width === 0) return nothing;
    const placement = this.place(model, size);
    const { placed, isFocused } = placement;
    this.reportSizes(model, placed);
    return html`
      <div ${ref(this.tiles)} class="tiles" data-testid="stage" data-layout=${isFocused ? 'focus' : 'grid'} @pin=${(event: CustomEvent<string>) => model.pin(event.detail)}>
        ${repeat(
          placed,
          ({ tile }) => tile.key,
          ({ tile, box }) => html`<maru-tile .view=${tile} ${placeAt(box)}></maru-tile>`,
        )}
      </div>
      ${this.pager(placement)}
    `;
  }

  private place(model: HallModel, size: Size): Placement {
    const { main, others } = model.stage;
    if (!main) {
      const pages = Math.ceil(others.length / MAX_TILES);
      const page = this.pageOf(others, pages, MAX_TILES);
      const room = pages > 1 ? { ...size, height: size.height - PAGER_PX - GAP_PX } : size;
      const pager: Box = { x: 0, y: size.height - PAGER_PX, width: size.width, height: PAGER_PX };
      return { placed: zip(page, arrange(page.length, room, GAP_PX).boxes), pages, pager, turning: 'row', isFocused: false };
    }
    const { main: box, strip, direction } = focusOn(size, others.length, GAP_PX);
    const { fit, boxes, pager } = arrangeStrip(strip, direction, others.length, GAP_PX);
    const pages = pager ? Math.ceil(others.length / fit) : 1;
    const turning = direction === 'column' ? 'row' : 'column';
    return {
      placed: [{ tile: main, box }, ...zip(this.pageOf(others, pages, fit), boxes)],
      pages,
      pager,
      turning,
      isFocused: true,
    };
  }

  private pageOf(tiles: readonly TileView[], pages: number, fit: number): readonly TileView[] {
    const page = Math.min(this.page, Math.max(0, pages - 1));
    return tiles.slice(page * fit, (page + 1) * fit);
  }

  private pager({ pages, pager, turning }: Placement) {
    const { hall } = words();
    if (pages < 2 || !pager) return nothing;
    const page = Math.min(this.page, pages - 1);
    const turn = (by: number) => () => {
      this.page = Math.min(pages - 1, Math.max(0, page + by));
    };
    return html`<nav class="pages" data-turning=${turning} aria-label=${hall.page(page + 1, pages)} ${placeAt(pager)}>
      <button class="quiet square" aria-label=${hall.previousPage} ?disabled=${page === 0} @click=${turn(-1)}>
        ${icon(turning === 'row' ? ChevronLeft : ChevronUp)}
      </button>
      <span aria-hidden="true">${page + 1}/${pages}</span>
      <button class="quiet square" aria-label=${hall.nextPage} ?disabled=${page === pages - 1} @click=${turn(1)}>
        ${icon(turning === 'row' ? ChevronRight : ChevronDown)}
      </button>
    </nav>`;
  }

  /** Tells the call what is in view, once for each change. */
  private reportSizes(model: HallModel, placed: readonly Placed[]): void {
    const ratio = Math.min(2, devicePixelRatio || 1);
    const sizes = new Map<string, ShownSize>();
    for (const { tile, box } of placed) {
      if (!tile.isSelf) sizes.set(tile.key, { width: Math.round(box.width * ratio), height: Math.round(box.height * ratio) });
    }
    const described = JSON.stringify(placed.map(({ tile, box }) => [tile.key, box.width, box.height, tile.picture !== null]));
    if (described === this.shown) return;
    this.shown = described;
    queueMicrotask(() => model.showing(sizes)); // outside of rendering: it may change the model
  }
}

function zip(tiles: readonly TileView[], boxes: readonly Box[]): Placed[] {
  return boxes.flatMap((box, index) => {
    const tile = tiles[index];
    return tile ? [{ tile, box }] : [];
  });
}

customElements.define('maru-stage', StageView);

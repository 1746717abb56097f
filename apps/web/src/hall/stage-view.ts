import { css, html, nothing } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { repeat } from 'lit/directives/repeat.js';
import { ChevronLeft, ChevronRight } from 'lucide';
import { words } from '../i18n/index.js';
import { arrange, arrangeStrip, type Box, focusOn, MAX_TILES, type Size } from '../layout/arrange.js';
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
        inset: auto 0 0;
        display: flex;
        gap: 0.5rem;
        align-items: center;
        justify-content: center;
        width: fit-content;
        margin-inline: auto;
        border-radius: var(--radius);
        background: rgb(14 12 10 / 80%);
        font-size: var(--text-s);
      }
      .pages[data-beside] {
        inset: auto 0 0 auto;
      }
      .pages button {
        background: none;
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
    const { placed, pages, beside } = this.place(model, size);
    this.reportSizes(model, placed);
    return html`
      <div ${ref(this.tiles)} class="tiles" data-testid="stage" data-layout=${beside ? 'focus' : 'grid'} @pin=${(event: CustomEvent<string>) => model.pin(event.detail)}>
        ${repeat(
          placed,
          ({ tile }) => tile.key,
          ({ tile, box }) => html`<maru-tile .view=${tile} ${placeAt(box)}></maru-tile>`,
        )}
      </div>
      ${pages > 1 ? this.pager(pages, beside) : nothing}
    `;
  }

  private place(model: HallModel, size: Size): { placed: readonly Placed[]; pages: number; beside: boolean } {
    const { main, others } = model.stage;
    if (!main) {
      const pages = Math.ceil(others.length / MAX_TILES);
      const page = this.pageOf(others, pages, MAX_TILES);
      return { placed: zip(page, arrange(page.length, size, GAP_PX).boxes), pages, beside: false };
    }
    const { main: box, strip, direction } = focusOn(size, others.length, GAP_PX);
    const { fit } = arrangeStrip(strip, direction, others.length, GAP_PX);
    const pages = fit > 0 ? Math.ceil(others.length / fit) : 1;
    const page = this.pageOf(others, pages, fit);
    const { boxes } = arrangeStrip(strip, direction, page.length, GAP_PX);
    return { placed: [{ tile: main, box }, ...zip(page, boxes)], pages, beside: true };
  }

  private pageOf(tiles: readonly TileView[], pages: number, fit: number): readonly TileView[] {
    const page = Math.min(this.page, Math.max(0, pages - 1));
    return tiles.slice(page * fit, (page + 1) * fit);
  }

  private pager(pages: number, beside: boolean) {
    const { hall } = words();
    const page = Math.min(this.page, pages - 1);
    const turn = (by: number) => () => {
      this.page = Math.min(pages - 1, Math.max(0, page + by));
    };
    return html`<nav class="pages" ?data-beside=${beside}>
      <button class="quiet square" aria-label=${hall.previousPage} ?disabled=${page === 0} @click=${turn(-1)}>${icon(ChevronLeft)}</button>
      <span aria-live="polite">${hall.page(page + 1, pages)}</span>
      <button class="quiet square" aria-label=${hall.nextPage} ?disabled=${page === pages - 1} @click=${turn(1)}>${icon(ChevronRight)}</button>
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

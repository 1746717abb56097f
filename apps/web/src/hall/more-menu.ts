import { css, html, nothing } from 'lit';
import {
  Files,
  Grid2x2,
  Hand,
  Keyboard,
  Maximize,
  Minimize,
  PictureInPicture2,
  ScreenShare,
  Settings,
  SwitchCamera,
  Telescope,
  User,
  UserPlus,
  Users,
} from 'lucide';
import { words } from '../i18n/index.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons } from '../ui/styles.js';
import type { PanelName } from './control-bar.js';
import type { HallModel } from './model/hall-model.js';

/** What the menu asks of the hall. */
export type MenuRequest =
  | { readonly type: 'panel'; readonly panel: PanelName }
  | { readonly type: 'invite' | 'shortcuts' | 'full-screen' | 'picture-in-picture' | 'done' };

type IconNode = Parameters<typeof icon>[0];

/** Everything that is not needed every minute; on a phone also what the bar has no room for. Tells `menu-request`. */
export class MoreMenu extends MaruElement {
  static override properties = { model: { attribute: false }, compact: { type: Boolean, reflect: true } };
  declare model: HallModel | undefined;
  /** The bar has no room for the panels: they are here. */
  declare compact: boolean;

  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
        width: min(18rem, calc(100vw - 1.5rem));
        max-height: calc(100dvh - 7rem);
        padding: 0.4rem;
        border: 1px solid var(--line);
        border-radius: 16px;
        background: var(--panel);
        box-shadow: var(--shadow);
        overflow-y: auto;
        animation: rise var(--motion);
      }
      @keyframes rise {
        from {
          opacity: 0;
          transform: translateY(8px);
        }
      }
      button {
        width: 100%;
        min-height: 46px;
        justify-content: flex-start;
        gap: 0.8rem;
        padding-inline: 0.8rem;
        font-weight: 450;
      }
      svg {
        color: var(--wood);
      }
      kbd {
        margin-inline-start: auto;
        color: var(--ink-soft);
        font: 500 var(--text-s) / 1 var(--font);
      }
      hr {
        margin: 0.35rem 0.8rem;
        border: 0;
        border-top: 1px solid var(--line);
      }
      .phone {
        display: none;
      }
      @media (max-width: 34rem) {
        .phone {
          display: block;
        }
      }
      :host(:not([compact])) .tablet {
        display: none;
      }
    `,
  ];

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('button')?.focus({ preventScroll: true });
  }

  protected override render() {
    const { model } = this;
    if (!model) return nothing;
    const { bar } = words();
    const isFull = document.fullscreenElement !== null;
    return html`<div data-testid="more-menu" @keydown=${this.keyDown}>
      ${model.place.hall ? this.item('menu-invite', UserPlus, bar.invite, () => this.ask({ type: 'invite' })) : nothing}
      <div class="phone">
        ${model.canShare ? this.item('menu-screen', ScreenShare, model.isSharing ? bar.screenOn : bar.screenOff, () => this.act(() => model.toggleScreen())) : nothing}
        ${this.item('menu-hand', Hand, model.handIsRaised ? bar.lowerHand : bar.raiseHand, () => this.act(() => model.toggleHand()))}
        ${model.media.canFlip && model.media.cameraOn ? this.item('menu-flip', SwitchCamera, bar.flip, () => this.act(() => model.media.flip())) : nothing}
      </div>
      <div class="tablet">
        ${this.item('menu-people', Users, bar.people, () => this.ask({ type: 'panel', panel: 'people' }))}
        ${this.item('menu-files', Files, bar.files, () => this.ask({ type: 'panel', panel: 'files' }))}
        ${this.item('menu-hood', Telescope, bar.hood, () => this.ask({ type: 'panel', panel: 'hood' }))}
      </div>
      <hr />
      ${
        model.layout === 'grid'
          ? this.item('menu-layout', User, bar.layoutSpeaker, () => this.act(() => model.setLayout('speaker')), 'L')
          : this.item('menu-layout', Grid2x2, bar.layoutGrid, () => this.act(() => model.setLayout('grid')), 'L')
      }
      ${document.pictureInPictureEnabled ? this.item('menu-pip', PictureInPicture2, bar.pictureInPicture, () => this.ask({ type: 'picture-in-picture' })) : nothing}
      ${
        document.fullscreenEnabled
          ? this.item('menu-full-screen', isFull ? Minimize : Maximize, isFull ? bar.leaveFullScreen : bar.fullScreen, () =>
              this.ask({ type: 'full-screen' }),
            )
          : nothing
      }
      <hr />
      ${this.item('menu-settings', Settings, bar.settings, () => this.ask({ type: 'panel', panel: 'settings' }))}
      ${this.item('menu-shortcuts', Keyboard, bar.shortcuts, () => this.ask({ type: 'shortcuts' }), '?')}
    </div>`;
  }

  private item(testId: string, node: IconNode, text: string, act: () => void, key?: string) {
    return html`<button class="quiet" data-testid=${testId} @click=${act}>${icon(node)}${text}${key ? html`<kbd aria-hidden="true">${key}</kbd>` : nothing}</button>`;
  }

  private act(action: () => Promise<void> | void): void {
    void action();
    this.ask({ type: 'done' });
  }

  private ask(request: MenuRequest): void {
    this.tell('menu-request', request);
  }

  /** Up and down go from one to the next, as people expect of a menu. */
  private readonly keyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const items = [...this.renderRoot.querySelectorAll<HTMLElement>('button')].filter((item) => item.offsetParent !== null);
    const at = items.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    items.at((at + (event.key === 'ArrowDown' ? 1 : -1)) % items.length)?.focus();
  };
}

customElements.define('maru-more-menu', MoreMenu);

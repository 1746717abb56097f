import { html, nothing, type PropertyValues } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { words } from '../i18n/index.js';
import '../invite/invite.js';
import { playChime } from '../media/audio.js';
import { preferences } from '../preferences/current.js';
import { announcer } from '../ui/announcer.js';
import { MaruElement } from '../ui/element.js';
import '../ui/modal.js';
import { base, buttons } from '../ui/styles.js';
import { BarVisibility } from './bar-visibility.js';
import './control-bar.js';
import type { BarRequest, ControlBar, PanelName } from './control-bar.js';
import { hallStyles } from './hall.css.js';
import { nameOf } from './model/call-views.js';
import type { HallModel } from './model/hall-model.js';
import type { Notice } from './model/views.js';
import './more-menu.js';
import type { MenuRequest } from './more-menu.js';
import './panels/chat-panel.js';
import './panels/people-panel.js';
import './shortcut-list.js';
import { shortcutOf, takesKeys } from './shortcuts.js';
import { Sounds } from './sounds.js';
import './stage-view.js';
import './whisper.js';
import { WakeLock } from './wake-lock.js';
import type { Whisper } from './whisper.js';

export { Session } from '@maru/client';
export { HallModel } from './model/hall-model.js';

/** Width below which there is no room beside the pictures: notices and the clock then stand above them. */
const NARROW = '(max-width: 52rem)';

/** The call: stage, tools, one panel at a time. Tells `leave`. */
export class Hall extends MaruElement {
  static override properties = {
    model: { attribute: false },
    panel: { state: true },
    dialog: { state: true },
    moreIsOpen: { state: true },
    barIsVisible: { state: true },
    filesWaiting: { state: true },
  };
  declare model: HallModel | undefined;
  declare panel: PanelName | undefined;
  declare dialog: 'invite' | 'shortcuts' | undefined;
  declare moreIsOpen: boolean;
  declare barIsVisible: boolean;
  declare filesWaiting: number;

  static override styles = [base, buttons, hallStyles];

  private readonly whisper = createRef<Whisper>();
  private readonly sounds = new Sounds();
  private readonly wakeLock = new WakeLock();
  private readonly narrow = matchMedia(NARROW);
  private readonly visibility = new BarVisibility(
    () => this.barMustStay(),
    () => {
      this.barIsVisible = this.visibility.visible;
    },
  );
  private offs: (() => void)[] = [];
  private movesByKeyboard = false;

  constructor() {
    super();
    this.moreIsOpen = false;
    this.barIsVisible = true;
    this.filesWaiting = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.keyDown);
    addEventListener('keyup', this.keyUp);
    addEventListener('pointerdown', this.pointerDown);
    addEventListener('blur', this.stopTalking);
    this.narrow.addEventListener('change', this.redraw);
    document.addEventListener('fullscreenchange', this.redraw);
    this.visibility.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.keyDown);
    removeEventListener('keyup', this.keyUp);
    removeEventListener('pointerdown', this.pointerDown);
    removeEventListener('blur', this.stopTalking);
    this.narrow.removeEventListener('change', this.redraw);
    document.removeEventListener('fullscreenchange', this.redraw);
    this.visibility.stop();
    this.wakeLock.close();
    this.sounds.close();
    for (const off of this.offs) off();
    this.offs = [];
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('model') && this.model) this.enter(this.model);
    const { model } = this;
    if (!model) return;
    this.sounds.play(model.sounds);
    this.wakeLock.set(preferences.current.wakeLock);
    const { unread } = model.chat;
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${model.place.hall ?? words().app.name} · maru`;
  }

  /** Files may be dropped anywhere from the first moment; what that needs is loaded once the pictures are there. */
  protected override firstUpdated(): void {
    this.load(import('../files/index.js'));
  }

  /** A panel that opens takes the focus, so that the keyboard and the ear are where the eye is; the chat takes it into its field. */
  protected override updated(changed: PropertyValues): void {
    if (!changed.has('panel') || !this.panel || this.panel === 'chat') return;
    this.renderRoot.querySelector<HTMLElement>('aside')?.focus({ preventScroll: true });
  }

  private enter(model: HallModel): void {
    for (const off of this.offs) off();
    model.onNotice = (notice) => this.notice(notice);
    this.sounds.onBlocked = () => {
      const { hall } = words();
      this.notice({ text: hall.allowSound, action: { label: hall.allowSoundAction, run: () => this.sounds.unblock() } });
    };
    this.offs = [model.subscribe(this.redraw), preferences.subscribe(this.redraw), this.watchFiles(model)];
    announcer.say(words().announce.joinedCall(model.peopleCount - 1));
  }

  /** Files that somebody offers are counted until the panel is opened. */
  private watchFiles(model: HallModel): () => void {
    return model.call.files.on('transfer-added', ({ transfer }) => {
      if (transfer.direction !== 'receiving' || this.panel === 'files') return;
      this.filesWaiting += 1;
      this.notice({ text: words().announce.file(nameOf(transfer.connection), transfer.name) });
    });
  }

  protected override render() {
    const { model } = this;
    if (!model) return nothing;
    const alone = model.peopleCount === 1 && model.place.hall !== undefined && !this.panel;
    const isNarrow = this.narrow.matches;
    return html`
      <main
        class="hall"
        data-testid="hall"
        data-way=${model.call.media.way}
        data-stage=${model.call.media.stage}
        data-state=${model.call.state}
        data-bar=${this.barIsVisible ? 'shown' : 'hidden'}
        data-panel=${this.panel ?? 'none'}
        ?data-narrow=${isNarrow}
      >
        <h1 class="unseen">${model.place.hall ? words().threshold.hall(model.place.hall) : words().app.name}</h1>
        <div class="top">
          ${this.line(model)} ${isNarrow ? html`<div class="strip">${this.whisperView(model)}</div>` : nothing}
        </div>
        <div class="stage" ?data-alone=${alone}>
          <maru-stage .model=${model}></maru-stage>
          ${alone ? this.alone(model) : nothing}
        </div>
        <div class="bar">
          <maru-control-bar
            .model=${model}
            .panel=${this.panel}
            .moreIsOpen=${this.moreIsOpen}
            .filesWaiting=${this.filesWaiting}
            @bar-request=${(event: CustomEvent<BarRequest>) => this.act(event.detail)}
          >
            ${isNarrow ? nothing : this.whisperView(model)}
          </maru-control-bar>
        </div>
        ${this.panel ? html`<aside class="panel" tabindex="-1" aria-label=${this.panelName(this.panel)} data-testid="panel" data-panel=${this.panel}>${this.panelView(this.panel, model)}</aside>` : nothing}
        ${this.moreIsOpen ? this.more(model) : nothing}
      </main>
      <maru-file-drop
        .session=${model.call}
        @files-dropped=${() => {
          if (this.panel !== 'files') this.togglePanel('files');
        }}
      ></maru-file-drop>
      ${this.dialogView(model)}
    `;
  }

  private whisperView(model: HallModel) {
    return html`<maru-whisper ${ref(this.whisper)} .hall=${model.place.hall ?? ''} .startedAt=${model.startedAt} .hint=${model.isTalkingWithSpace ? words().hall.pushToTalk : ''}></maru-whisper>`;
  }

  /** The thin line: what the network is doing, or that one's screen is seen. */
  private line(model: HallModel) {
    const { line, hall } = words();
    const state = model.line;
    if (state) {
      const text = {
        offline: line.offline,
        reconnecting: line.reconnecting,
        peer: state.type === 'peer' ? line.peer(state.name) : '',
      }[state.type];
      return html`<p class="line" role="status" data-testid="line" data-line=${state.type} title=${line.reconnectingHint}><i></i>${text}</p>`;
    }
    if (!model.isSharing) return nothing;
    return html`<p class="line sharing" data-testid="sharing">
      ${hall.yourScreenNote}<button data-testid="stop-screen" @click=${() => void model.stopScreen()}>${hall.stopScreen}</button>
    </p>`;
  }

  private alone(model: HallModel) {
    const { hall } = words();
    return html`<section class="alone" data-testid="alone">
      <h2>${hall.alone}</h2>
      <p>${hall.aloneHint}</p>
      <maru-invite compact .hall=${model.place.hall ?? ''}></maru-invite>
    </section>`;
  }

  /** A part that loads when it is opened may be out of reach; the call goes on without it. */
  private load(part: Promise<unknown>): void {
    part.catch(() => this.notice({ text: words().problems.unreachable, tone: 'warning' }));
  }

  private panelName(panel: PanelName): string {
    const { chat, people, files, hood, settings } = words();
    return { chat, people, files, hood, settings }[panel].title;
  }

  private panelView(panel: PanelName, model: HallModel) {
    const close = (): void => this.closePanel();
    switch (panel) {
      case 'chat':
        return html`<maru-chat-panel .model=${model} @close-panel=${close}></maru-chat-panel>`;
      case 'people':
        return html`<maru-people-panel
          .model=${model}
          @close-panel=${close}
          @invite=${() => {
            this.dialog = 'invite';
          }}
        ></maru-people-panel>`;
      case 'settings':
        this.load(import('./panels/settings-panel.js'));
        return html`<maru-settings-panel .model=${model} @close-panel=${close}></maru-settings-panel>`;
      case 'files':
        this.load(import('../files/index.js'));
        return html`<maru-panel .heading=${words().files.title} @close-panel=${close}>
          <maru-files-panel .session=${model.call}></maru-files-panel>
        </maru-panel>`;
      case 'hood':
        this.load(import('../lens/index.js'));
        return html`<maru-panel .heading=${words().hood.title} @close-panel=${close}>
          <maru-under-the-hood .session=${model.call}></maru-under-the-hood>
        </maru-panel>`;
    }
  }

  private more(model: HallModel) {
    return html`<div
        class="curtain"
        @click=${() => {
          this.moreIsOpen = false;
        }}
      ></div>
      <maru-more-menu
        class="more"
        ?compact=${this.narrow.matches || this.panel === 'hood'}
        .model=${model} @menu-request=${(event: CustomEvent<MenuRequest>) => this.actOnMenu(event.detail)}></maru-more-menu>`;
  }

  private dialogView(model: HallModel) {
    const { invite, shortcuts } = words();
    const closed = (): void => {
      this.dialog = undefined;
    };
    switch (this.dialog) {
      case 'invite':
        return html`<maru-modal .heading=${invite.title} @closed=${closed}><maru-invite .hall=${model.place.hall ?? ''}></maru-invite></maru-modal>`;
      case 'shortcuts':
        return html`<maru-modal .heading=${shortcuts.title} @closed=${closed}><maru-shortcut-list></maru-shortcut-list></maru-modal>`;
      case undefined:
        return nothing;
    }
  }

  private act(request: BarRequest): void {
    switch (request.type) {
      case 'panel':
        return this.togglePanel(request.panel);
      case 'more':
        this.moreIsOpen = !this.moreIsOpen;
        return;
      case 'leave':
        this.tell('leave');
    }
  }

  private actOnMenu(request: MenuRequest): void {
    this.moreIsOpen = false;
    switch (request.type) {
      case 'panel':
        return this.togglePanel(request.panel);
      case 'invite':
      case 'shortcuts':
        this.dialog = request.type;
        return;
      case 'full-screen':
        void this.fullScreen();
        return;
      case 'picture-in-picture':
        void this.pictureInPicture();
        return;
      case 'done':
        return;
    }
  }

  private togglePanel(panel: PanelName): void {
    if (this.panel === panel) return this.closePanel();
    this.panel = panel;
    if (panel === 'files') this.filesWaiting = 0;
  }

  private closePanel(): void {
    const { panel } = this;
    this.panel = undefined;
    this.movesByKeyboard = false;
    if (panel) this.renderRoot.querySelector<ControlBar>('maru-control-bar')?.focusTool(panel);
  }

  private closeMore(): void {
    this.moreIsOpen = false;
    this.movesByKeyboard = false;
    this.renderRoot.querySelector<ControlBar>('maru-control-bar')?.focusTool('more');
  }

  private async fullScreen(): Promise<void> {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else await document.documentElement.requestFullscreen();
    } catch {
      // The browser does not want to now; nothing changed.
    }
  }

  /** The large picture, else the first of the others, in a small window above other programs. */
  private async pictureInPicture(): Promise<void> {
    try {
      if (document.pictureInPictureElement) return await document.exitPictureInPicture();
      const stage = this.renderRoot.querySelector('maru-stage');
      const tiles = [...(stage?.shadowRoot?.querySelectorAll<HTMLElement>('maru-tile') ?? [])];
      const videos = tiles.map((tile) => tile.shadowRoot?.querySelector('video') ?? undefined);
      const others = videos.filter((video, index) => video && tiles[index]?.dataset['testid'] !== 'self-tile');
      await (others[0] ?? videos.find((video) => video))?.requestPictureInPicture();
    } catch {
      // No frame yet, or the browser does not want to now; nothing changed.
    }
  }

  private readonly redraw = (): void => this.requestUpdate();

  private notice(notice: Notice): void {
    announcer.say(notice.text);
    if (notice.chime && preferences.current.chimes)
      void playChime(notice.chime, preferences.current.speakerId, 0.06).catch(() => undefined);
    if (!notice.spokenOnly) this.whisper.value?.show(notice);
  }

  private barMustStay(): boolean {
    if (this.moreIsOpen || this.dialog || (this.model?.peopleCount ?? 0) < 2) return true;
    const bar = this.renderRoot.querySelector('maru-control-bar');
    return bar?.matches(':hover') === true || bar?.shadowRoot?.querySelector(':focus-visible') != null;
  }

  private readonly keyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Tab' || event.key.startsWith('Arrow')) this.movesByKeyboard = true;
    const { model } = this;
    const shortcut = shortcutOf(event);
    if (!model || !shortcut || event.defaultPrevented) return;
    const [target] = event.composedPath();
    if (shortcut === 'escape') return this.escape();
    if (takesKeys(target) || this.dialog) return;
    if (shortcut === 'talk') return this.talk(event, target);
    if (event.repeat) return;
    event.preventDefault();
    switch (shortcut) {
      case 'microphone':
        void model.toggleMicrophone();
        return;
      case 'camera':
        void model.toggleCamera();
        return;
      case 'screen':
        void model.toggleScreen();
        return;
      case 'hand':
        void model.toggleHand();
        return;
      case 'layout':
        model.setLayout(model.layout === 'grid' ? 'speaker' : 'grid');
        return;
      case 'help':
        this.dialog = 'shortcuts';
        return;
      case 'chat':
      case 'people':
      case 'files':
        this.togglePanel(shortcut);
    }
  };

  /** Space is a button's own when the person went to that button by keyboard; when the mouse or we put the focus there, it talks. */
  private talk(event: KeyboardEvent, target: EventTarget | undefined): void {
    const ownsSpace = this.movesByKeyboard && target instanceof HTMLElement && target.matches('button, a, summary, [tabindex]');
    if (ownsSpace) return;
    event.preventDefault();
    if (!event.repeat) this.model?.holdToTalk(true);
  }

  private readonly keyUp = (event: KeyboardEvent): void => {
    if (event.key !== ' ' || !this.model?.isTalkingWithSpace) return;
    event.preventDefault();
    this.stopTalking();
  };

  private readonly pointerDown = (): void => {
    this.movesByKeyboard = false;
  };

  private readonly stopTalking = (): void => this.model?.holdToTalk(false);

  private escape(): void {
    if (this.moreIsOpen) this.closeMore();
    else if (!this.dialog && this.panel) this.closePanel(); // a dialog closes itself
  }
}

customElements.define('maru-hall', Hall);

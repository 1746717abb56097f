import { html, nothing } from 'lit';
import {
  ChevronUp,
  Ellipsis,
  Files,
  Hand,
  MessageCircle,
  Mic,
  MicOff,
  Phone,
  ScreenShare,
  ScreenShareOff,
  Telescope,
  Users,
  Video,
  VideoOff,
} from 'lucide';
import { words } from '../i18n/index.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base, buttons } from '../ui/styles.js';
import { controlBarStyles } from './control-bar.css.js';
import type { HallModel } from './model/hall-model.js';

/** The side panels, one at a time. */
export type PanelName = 'chat' | 'people' | 'files' | 'hood' | 'settings';

/** What the bar asks of the hall; what concerns the call it does itself. */
export type BarRequest =
  | { readonly type: 'panel'; readonly panel: PanelName }
  | { readonly type: 'more' }
  | { readonly type: 'leave' };

type IconNode = Parameters<typeof icon>[0];

/** The tools at the lower edge: few, large, with labels where there is room. Tells `bar-request`. */
export class ControlBar extends MaruElement {
  static override properties = {
    model: { attribute: false },
    panel: {},
    moreIsOpen: { type: Boolean },
    filesWaiting: { type: Number },
  };
  declare model: HallModel | undefined;
  declare panel: PanelName | undefined;
  declare moreIsOpen: boolean;
  /** Files that somebody offers and nobody has looked at. */
  declare filesWaiting: number;

  static override styles = [base, buttons, controlBarStyles];

  private stops: (() => void)[] = [];

  constructor() {
    super();
    this.moreIsOpen = false;
    this.filesWaiting = 0;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.stops) stop();
    this.stops = [];
  }

  protected override willUpdate(): void {
    if (this.stops.length > 0 || !this.model) return;
    const update = (): void => this.requestUpdate();
    this.stops = [this.model.subscribe(update), this.model.chat.subscribe(update)];
  }

  protected override render() {
    const { model } = this;
    if (!model) return nothing;
    const { bar } = words();
    return html`<div class="bar" role="toolbar" aria-label=${bar.label} data-testid="control-bar">
      <div class="side start"><slot></slot></div>
      <div class="middle">
        ${model.canPublish ? this.devices(model) : nothing}
        ${model.canShare ? this.screen(model) : nothing}
        ${this.toggle('hand', 'wide', Hand, bar.hand, model.handIsRaised ? bar.lowerHand : bar.raiseHand, model.handIsRaised, () => void model.toggleHand())}
        <span class="narrow">${this.panelButton('chat', MessageCircle, bar.chat, model.chat.unread)}</span>
        <span class="narrow">${this.more()}</span>
        <button class="leave" data-testid="leave" aria-label=${bar.leave} @click=${() => this.ask({ type: 'leave' })}>
          ${icon(Phone, 22)}<span>${bar.leave}</span>
        </button>
      </div>
      <div class="side end">
        ${this.panelButton('chat', MessageCircle, bar.chat, model.chat.unread)} ${this.panelButton('people', Users, bar.people, 0, model.peopleCount)}
        ${this.panelButton('files', Files, bar.files, this.filesWaiting)} ${this.panelButton('hood', Telescope, bar.hood, 0)} ${this.more()}
      </div>
    </div>`;
  }

  private devices(model: HallModel) {
    const { bar } = words();
    const { media } = model;
    const microphoneFails = media.microphone.name === 'failed';
    const cameraFails = media.camera.name === 'failed';
    return html`
      <div class="split" data-off=${media.microphoneOn ? 'no' : 'yes'}>
        <button
          class="tool"
          data-testid="microphone"
          aria-pressed=${media.microphoneOn ? 'true' : 'false'}
          aria-label=${media.microphoneOn ? bar.microphoneOn : bar.microphoneOff}
          title=${`${media.microphoneOn ? bar.microphoneOn : bar.microphoneOff} (M)`}
          @click=${() => void model.toggleMicrophone()}
        >
          ${media.microphoneOn ? icon(Mic, 22) : icon(MicOff, 22)}<span class="text">${media.microphoneOn ? bar.mute : bar.unmute}</span>
          ${microphoneFails ? html`<i class="trouble" aria-hidden="true">!</i>` : nothing}
        </button>
        ${this.chevron(bar.chooseMicrophone, 'choose-microphone-button')}
      </div>
      <div class="split" data-off=${media.cameraOn ? 'no' : 'yes'}>
        <button
          class="tool"
          data-testid="camera"
          aria-pressed=${media.cameraOn ? 'true' : 'false'}
          aria-label=${media.cameraOn ? bar.cameraOn : bar.cameraOff}
          title=${`${media.cameraOn ? bar.cameraOn : bar.cameraOff} (V)`}
          @click=${() => void model.toggleCamera()}
        >
          ${media.cameraOn ? icon(Video, 22) : icon(VideoOff, 22)}<span class="text">${bar.camera}</span>
          ${cameraFails ? html`<i class="trouble" aria-hidden="true">!</i>` : nothing}
        </button>
        ${this.chevron(bar.chooseCamera, 'choose-camera-button')}
      </div>
    `;
  }

  private chevron(label: string, testId: string) {
    return html`<button
      class="chevron"
      data-testid=${testId}
      aria-label=${label}
      title=${label}
      aria-expanded=${this.panel === 'settings' ? 'true' : 'false'}
      @click=${() => this.ask({ type: 'panel', panel: 'settings' })}
    >
      ${icon(ChevronUp, 16)}
    </button>`;
  }

  private screen(model: HallModel) {
    const { bar } = words();
    const sharing = model.isSharing;
    return this.toggle(
      'screen',
      'wide',
      sharing ? ScreenShareOff : ScreenShare,
      bar.screen,
      sharing ? bar.screenOn : bar.screenOff,
      sharing,
      () => void model.toggleScreen(),
    );
  }

  private toggle(
    testId: string,
    className: string,
    node: IconNode,
    text: string,
    label: string,
    pressed: boolean,
    act: () => void,
  ) {
    return html`<button
      class=${`tool ${className}`}
      data-testid=${testId}
      aria-pressed=${pressed ? 'true' : 'false'}
      aria-label=${label}
      title=${label}
      @click=${act}
    >
      ${icon(node, 22)}<span class="text">${text}</span>
    </button>`;
  }

  private panelButton(panel: PanelName, node: IconNode, text: string, waiting: number, count = 0) {
    const { bar } = words();
    const label = panel === 'chat' && waiting > 0 ? bar.chatUnread(waiting) : panel === 'people' ? bar.peopleCount(count) : text;
    return html`<button
      class="tool"
      data-testid=${`panel-${panel}`}
      aria-expanded=${this.panel === panel ? 'true' : 'false'}
      aria-label=${label}
      title=${label}
      @click=${() => this.ask({ type: 'panel', panel })}
    >
      ${icon(node, 22)}<span class="text">${text}</span>
      ${waiting > 0 ? html`<i class="badge" aria-hidden="true" data-testid=${`${panel}-unread`}>${waiting > 99 ? '99+' : waiting}</i>` : nothing}
      ${count > 1 ? html`<i class="count" aria-hidden="true" data-testid="people-count">${count}</i>` : nothing}
    </button>`;
  }

  private more() {
    const { bar } = words();
    return html`<button
      class="tool"
      data-testid="more"
      aria-expanded=${this.moreIsOpen ? 'true' : 'false'}
      aria-label=${bar.more}
      title=${bar.more}
      @click=${() => this.ask({ type: 'more' })}
    >
      ${icon(Ellipsis, 22)}<span class="text">${bar.more}</span>
    </button>`;
  }

  /** Gives the focus back to the tool that opened something. */
  focusTool(tool: PanelName | 'more'): void {
    const testId = tool === 'more' ? 'more' : tool === 'settings' ? 'choose-microphone-button' : `panel-${tool}`;
    const buttons = this.renderRoot.querySelectorAll<HTMLElement>(`[data-testid="${testId}"]`);
    const shown = [...buttons].find((button) => button.offsetParent !== null);
    (shown ?? this.renderRoot.querySelector<HTMLElement>('[data-testid="leave"]'))?.focus({ preventScroll: true });
  }

  private ask(request: BarRequest): void {
    this.tell('bar-request', request);
  }
}

customElements.define('maru-control-bar', ControlBar);

import { css, html } from 'lit';
import { words } from '../i18n/index.js';
import { MaruElement } from '../ui/element.js';
import { base } from '../ui/styles.js';
import { SHORTCUT_KEYS } from './shortcuts.js';

/** Every key and what it does. */
export class ShortcutList extends MaruElement {
  static override styles = [
    base,
    css`
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0.55rem 1rem;
        align-items: center;
      }
      kbd {
        display: inline-block;
        min-width: 2rem;
        padding: 0.2rem 0.55rem;
        border: 1px solid var(--line-strong);
        border-bottom-width: 2px;
        border-radius: 6px;
        background: var(--raised);
        font: 600 var(--text-s) / 1.4 var(--font);
        text-align: center;
      }
    `,
  ];

  protected override render() {
    const { shortcuts } = words();
    const names = {
      microphone: shortcuts.microphone,
      camera: shortcuts.camera,
      screen: shortcuts.screen,
      chat: shortcuts.chat,
      people: shortcuts.people,
      files: shortcuts.files,
      hand: shortcuts.hand,
      layout: shortcuts.layout,
      help: shortcuts.help,
      escape: shortcuts.escape,
      talk: shortcuts.space,
    };
    const rows = [...SHORTCUT_KEYS.map(([key, shortcut]) => [key, names[shortcut]] as const)];
    rows.push([shortcuts.spaceKey, names.talk], [shortcuts.escapeKey, names.escape]);
    return html`<dl data-testid="shortcuts">${rows.map(([key, name]) => html`<dt><kbd>${key}</kbd></dt><dd>${name}</dd>`)}</dl>`;
  }
}

customElements.define('maru-shortcut-list', ShortcutList);

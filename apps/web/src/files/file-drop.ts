import type { Call } from '@maru/client';
import { css, html, nothing } from 'lit';
import { Send } from 'lucide';
import { announcer } from '../ui/announcer.js';
import { MaruElement } from '../ui/element.js';
import { icon } from '../ui/icon.js';
import { base } from '../ui/styles.js';
import { deskOf } from './desk.js';
import { droppedFiles } from './dropped.js';
import { filesWords } from './texts.js';

/** More people than this do not get a place of their own to drop on. */
const MAX_PEOPLE = 6;

/**
 * Lets files be dropped anywhere on the page: a veil comes up with one place for everybody and one for each person.
 * Tells `files-dropped` when something was sent, so that the owner can show the files panel.
 */
export class FileDrop extends MaruElement {
  static override properties = { session: { attribute: false }, over: { state: true }, target: { state: true } };
  declare session: Call | undefined;
  declare private over: boolean;
  /** Id of the person that the files are held over; empty: everybody. */
  declare private target: string;

  constructor() {
    super();
    this.session = undefined;
    this.over = false;
    this.target = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('dragenter', this.onDragOver);
    addEventListener('dragover', this.onDragOver);
    addEventListener('dragleave', this.onDragLeave);
    addEventListener('drop', this.onDrop);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('dragenter', this.onDragOver);
    removeEventListener('dragover', this.onDragOver);
    removeEventListener('dragleave', this.onDragLeave);
    removeEventListener('drop', this.onDrop);
  }

  protected override render() {
    if (!this.over || !this.session) return nothing;
    const words = filesWords();
    const people = [...this.session.connections.values()];
    if (people.length === 0) return html`<div class="veil" aria-hidden="true"><p class="title">${words.dropAlone}</p></div>`;
    const places = people.length > 1 ? people.slice(0, MAX_PEOPLE) : [];
    const label = people.length === 1 ? words.to(people[0]?.name ?? words.unnamed) : words.dropEverybody;
    return html`<div class="veil" aria-hidden="true">
      <p class="title">${icon(Send, 32)} ${words.dropTitle}</p>
      <div class="places">
        <div class="place all ${this.target === '' ? 'over' : ''}" data-id="">${label}</div>
        ${places.map(
          (person) =>
            html`<div class="place ${this.target === person.id ? 'over' : ''}" data-id=${person.id}>${person.name ?? words.unnamed}</div>`,
        )}
      </div>
    </div>`;
  }

  private readonly onDragOver = (event: DragEvent): void => {
    if (!this.session || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault(); // says that files may be dropped here, and keeps the browser from opening them
    event.dataTransfer.dropEffect = this.session.connections.size > 0 ? 'copy' : 'none';
    this.over = true;
    this.target = this.placeUnder(event) ?? '';
  };

  private readonly onDragLeave = (event: DragEvent): void => {
    if (event.relatedTarget === null) this.over = false; // left the window, not just one element for another
  };

  private readonly onDrop = (event: DragEvent): void => {
    if (!this.session || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    const place = this.placeUnder(event);
    this.over = false;
    void this.send(droppedFiles(event.dataTransfer), place ? [place] : undefined);
  };

  private async send(dropped: ReturnType<typeof droppedFiles>, to: readonly string[] | undefined): Promise<void> {
    const { files, incomplete } = await dropped;
    if (incomplete) announcer.say(filesWords().unreadable);
    if (files.length === 0 || !this.session) return;
    deskOf(this.session).send(files, to ?? this.session.connections.keys());
    this.tell('files-dropped', { incomplete });
  }

  private placeUnder(event: DragEvent): string | undefined {
    for (const node of event.composedPath()) if (node instanceof HTMLElement && node.dataset['id']) return node.dataset['id'];
    return undefined;
  }

  static override styles = [
    base,
    css`
      .veil {
        position: fixed;
        inset: 0;
        z-index: 1000;
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 1.25rem;
        padding: 1.5rem;
        background: color-mix(in srgb, var(--paper) 94%, transparent);
        color: var(--ink);
        font: 400 var(--text-m, 1rem) / 1.4 var(--font, system-ui, sans-serif);
        outline: 3px dashed var(--wood);
        outline-offset: -16px;
      }
      .title {
        display: flex;
        align-items: center;
        gap: 0.7rem;
        font-size: var(--text-xl, 1.5625rem);
        font-weight: 600;
      }
      .places {
        display: flex;
        flex-wrap: wrap;
        justify-content: center;
        gap: 0.75rem;
        max-width: 44rem;
      }
      .place {
        display: grid;
        place-items: center;
        min-width: 9rem;
        min-height: 5rem;
        padding: 0.75rem 1.25rem;
        border: 2px solid var(--line-strong, var(--ink-soft));
        border-radius: var(--radius, 12px);
        background: var(--panel);
        font-weight: 600;
      }
      .place.over {
        border-color: var(--wood);
        background: var(--wood-wash, var(--panel));
      }
    `,
  ];
}

customElements.define('maru-file-drop', FileDrop);

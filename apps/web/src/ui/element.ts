import { LitElement } from 'lit';
import { language } from '../i18n/language.js';
import { Watch } from './store.js';

/** What every element of the app stands on: it renders again when the language changes. */
export abstract class MaruElement extends LitElement {
  protected readonly languageWatch = new Watch(this, language);

  /** Tells the parents, across shadow roots. */
  protected tell<Detail>(type: string, detail?: Detail): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

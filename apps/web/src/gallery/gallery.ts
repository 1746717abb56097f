import { html, nothing } from 'lit';
import '../after/after.js';
import '../hall/hall.js';
import { HallModel } from '../hall/model/hall-model.js';
import { LocalMedia } from '../media/local-media.js';
import { MaruElement } from '../ui/element.js';
import { PaintedCall, type PaintedPerson } from './painted-call.js';

const FEW: readonly PaintedPerson[] = [
  { name: 'Minji Kim', speaks: true },
  { name: 'Noah', muted: true, level: 'weak' },
  { name: '박서준', camera: false },
];

const SCENES: Readonly<Record<string, readonly PaintedPerson[]>> = {
  alone: [],
  two: [{ name: 'Minji Kim', speaks: true }],
  few: FEW,
  six: [...FEW, { name: 'Ada Lovelace', hand: true }, { name: 'Ines', away: true }],
  screen: [{ name: 'Minji Kim', speaks: true, shares: true }, ...FEW.slice(1), { name: 'Ada Lovelace' }],
  many: Array.from({ length: 48 }, (_, index) => ({
    name: ['Minji', 'Noah', '서준', 'Ada', 'Ines', 'Yuki', 'Olu'][index % 7] ?? '',
    camera: index % 3 !== 0,
    muted: index % 4 === 0,
    speaks: index === 5,
  })),
};

/** Scenes with painted people, for looking at the hall while building it: /gallery/few, /gallery/screen, … Only in development. */
export class Gallery extends MaruElement {
  static override properties = { scene: {} };
  declare scene: string;

  private model: HallModel | undefined;

  protected override willUpdate(): void {
    const people = SCENES[this.scene];
    if (this.model || !people) return;
    const media = new LocalMedia();
    void media.open();
    const call = new PaintedCall(people);
    this.model = new HallModel(call, media, { hall: 'quiet-maple-7f3k', name: 'Sora' });
    if (people.length > 0) {
      call.write('c0', 'Hello everyone! 모두 반가워요.', 6);
      call.write('c0', 'The plan is here: https://maru.example/garden, have a look.', 6);
      call.write('c1', 'Got it, thanks.', 1);
    }
  }

  protected override render() {
    if (this.scene === 'after')
      return html`<maru-after
        .summary=${{ hall: 'quiet-maple-7f3k', reason: { type: 'left' }, lastedMs: 2_540_000, people: ['Minji Kim', 'Noah', '박서준'], weakFraction: 0.01 }}
      ></maru-after>`;
    return this.model ? html`<maru-hall .model=${this.model}></maru-hall>` : nothing;
  }
}

customElements.define('maru-gallery', Gallery);

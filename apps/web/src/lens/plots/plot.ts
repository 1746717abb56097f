import { css, html, nothing, type PropertyValues } from 'lit';
import type uPlot from 'uplot';
import { language } from '../../i18n/language.js';
import { MaruElement } from '../../ui/element.js';
import { base } from '../../ui/styles.js';
import { spoken } from '../bilingual.js';
import { lensStyles } from '../styles.js';
import { lensWords } from '../texts.js';
import { type Chart, chartColumns, formatValue, type PlotSeries, type Unit, WINDOW_SECONDS } from './charts.js';

/** One chart with its newest values in words. uPlot is loaded when the first plot is shown. */
export class LensPlot extends MaruElement {
  static override properties = {
    chart: { attribute: false },
    series: { attribute: false },
    revision: { attribute: false },
  };
  declare chart: Chart | undefined;
  declare series: PlotSeries | undefined;
  declare revision: number;

  private plot: uPlot | undefined;
  /** What the plot was built for; when it changes, the plot is built anew. */
  private builtFor = '';
  /** The newest point that is drawn: points come once a second, renderings more often. */
  private drawnAtMs: number | undefined;
  private loading: Promise<typeof uPlot> | undefined;

  private readonly sizes = new ResizeObserver(([entry]) => {
    if (entry && this.plot) this.plot.setSize({ width: Math.floor(entry.contentRect.width), height: HEIGHT_PX });
  });
  private readonly theme = matchMedia('(prefers-color-scheme: dark)');
  private readonly onTheme = () => this.requestUpdate();
  private readonly themeAttribute = new MutationObserver(this.onTheme);

  constructor() {
    super();
    this.chart = undefined;
    this.series = undefined;
    this.revision = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.theme.addEventListener('change', this.onTheme);
    this.themeAttribute.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.theme.removeEventListener('change', this.onTheme);
    this.themeAttribute.disconnect();
    this.sizes.disconnect();
    this.plot?.destroy();
    this.plot = undefined;
    this.builtFor = '';
  }

  protected override render() {
    const { chart, series } = this;
    if (!chart || !series) return nothing;
    const words = lensWords();
    const newest = chart.curves.map((curve) => {
      const value = series.values[curve.name]?.at(-1);
      const shown = formatValue(chart.unit === 'percent' && typeof value === 'number' ? value * 100 : value, chart.unit);
      return { curve, shown };
    });
    const alt = newest.map(({ curve, shown }) => `${spoken(curve.label)} ${shown}`).join(', ');
    return html`<figure>
      <figcaption>
        <h3>${spoken(chart.title)}</h3>
        <ul class="small">
          ${newest.map(
            ({ curve, shown }) =>
              html`<li><span class="swatch ${curve.colour} ${curve.dashed ? 'dashed' : ''}"></span>${spoken(curve.label)} <strong>${shown}</strong></li>`,
          )}
        </ul>
      </figcaption>
      <div class="canvas" role="img" aria-label=${words.plotAlt(spoken(chart.title), alt)}></div>
      <p class="soft small">${spoken(chart.about)}</p>
    </figure>`;
  }

  protected override updated(_changed: PropertyValues): void {
    void this.draw();
  }

  private async draw(): Promise<void> {
    const uPlotClass = await (this.loading ??= import('uplot').then((module) => module.default));
    const { chart, series } = this;
    const target = this.renderRoot.querySelector<HTMLElement>('.canvas');
    if (!chart || !series || !target || !this.isConnected) return;
    const data = chartColumns(series, chart) as unknown as uPlot.AlignedData; // the same columns, only readonly
    const colours = coloursOf(this);
    const built = [chart.id, language.current, ...Object.values(colours)].join('|');
    const newest = series.atMs.at(-1);
    if (this.plot && built === this.builtFor) {
      if (newest !== this.drawnAtMs) this.plot.setData(data);
      this.drawnAtMs = newest;
      return;
    }
    this.drawnAtMs = newest;
    this.plot?.destroy();
    this.builtFor = built;
    this.plot = new uPlotClass(optionsFor(chart, colours, Math.max(160, target.clientWidth)), data, target);
    this.sizes.disconnect();
    this.sizes.observe(target);
  }

  static override styles = [
    base,
    lensStyles,
    css`
      figure {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 0.3rem;
      }
      figcaption {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        align-items: baseline;
        gap: 0.1rem 1rem;
      }
      figcaption ul {
        display: flex;
        flex-wrap: wrap;
        gap: 0 0.9rem;
        color: var(--ink-soft);
      }
      strong {
        color: var(--ink);
      }
      .swatch {
        display: inline-block;
        width: 14px;
        border-top: 3px solid;
        margin-right: 0.35rem;
        vertical-align: middle;
      }
      .swatch.dashed {
        border-top-style: dashed;
      }
      .swatch.wood {
        color: var(--wood);
      }
      .swatch.celadon {
        color: var(--celadon);
      }
      .swatch.vermilion {
        color: var(--vermilion);
      }
      .swatch.ink-soft {
        color: var(--ink-soft);
      }
      .canvas {
        min-height: 132px;
        overflow: hidden;
      }
      /* uPlot's own layout, without its looks. */
      .u-wrap {
        position: relative;
        user-select: none;
      }
      .u-over,
      .u-under,
      .u-axis,
      .u-select,
      .u-cursor-x,
      .u-cursor-y,
      .u-cursor-pt {
        position: absolute;
      }
      .u-under {
        overflow: hidden;
      }
      .uplot canvas {
        display: block;
        position: relative;
        width: 100%;
        height: 100%;
      }
      .u-cursor-x,
      .u-cursor-y {
        left: 0;
        top: 0;
        pointer-events: none;
      }
      .u-cursor-x {
        height: 100%;
        border-right: 1px dashed var(--ink-soft);
      }
      .u-cursor-pt {
        top: 0;
        left: 0;
        border-radius: 50%;
        border: 0 solid;
        pointer-events: none;
      }
      .u-off {
        display: none;
      }
    `,
  ];
}

const HEIGHT_PX = 132;

interface Colours {
  readonly wood: string;
  readonly celadon: string;
  readonly 'ink-soft': string;
  readonly vermilion: string;
  readonly line: string;
}

/** The theme's colours as a canvas needs them: resolved, since a canvas knows no custom properties. */
function coloursOf(host: HTMLElement): Colours {
  const probe = document.createElement('span');
  host.shadowRoot?.append(probe);
  const resolve = (token: string) => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    wood: resolve('wood'),
    celadon: resolve('celadon'),
    'ink-soft': resolve('ink-soft'),
    vermilion: resolve('vermilion'),
    line: resolve('line'),
  };
  probe.remove();
  return colours;
}

function optionsFor(chart: Chart, colours: Colours, width: number): uPlot.Options {
  const axis = {
    stroke: colours['ink-soft'],
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: [-WINDOW_SECONDS, 0] },
      y: { range: (_plot, _min, max) => [0, niceMaximum(max, chart.unit)] },
    },
    axes: [
      { ...axis, size: 24, values: (_plot, ticks) => ticks.map((tick) => (tick === 0 ? lensWords().now : `−${-tick} s`)) },
      {
        ...axis,
        size: 74,
        splits: (plot) => [0, (plot.scales['y']?.max ?? 1) / 2, plot.scales['y']?.max ?? 1],
        values: (_plot, ticks) => ticks.map((tick) => formatValue(tick, chart.unit)),
      },
    ],
    series: [
      {},
      ...chart.curves.map((curve) => ({
        stroke: colours[curve.colour],
        width: 2,
        points: { show: false },
        ...(curve.dashed ? { dash: [5, 4] } : {}),
      })),
    ],
  };
}

/** The least that a full scale shows, so that a quiet line does not look like a storm. */
const LEAST: Readonly<Record<Unit, number>> = {
  bitrate: 100_000,
  milliseconds: 20,
  percent: 5,
  frames: 30,
  pixels: 360,
  count: 5,
};

function niceMaximum(max: number | null, unit: Unit): number {
  const least = Math.max(LEAST[unit], (max ?? 0) * 1.08);
  const magnitude = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((step) => step * magnitude).find((step) => step >= least) ?? least;
}

customElements.define('maru-lens-plot', LensPlot);

import type { Call, ForwardedLayer, RemoteStream, SubscriptionWhy } from '@maru/client';
import { shortId } from '@maru/signaling';
import { css, html, nothing } from 'lit';
import { formatBitrate, formatShare } from '../../hall/model/quality.js';
import { MaruElement } from '../../ui/element.js';
import { base } from '../../ui/styles.js';
import { lensWords } from '../texts.js';
import { sizeIn, stretchesOf } from './why-stretches.js';

/** How often it is asked while somebody looks. */
const EVERY_MS = 2_000;

/** Which way media takes now; through the server, what comes of whom, and what keeps it from being better. */
export class MediaWhy extends MaruElement {
  static override properties = { call: { attribute: false }, whys: { state: true } };
  declare call: Call | undefined;
  declare private whys: readonly SubscriptionWhy[];
  private timer: ReturnType<typeof setInterval> | undefined;
  private off: (() => void) | undefined;

  constructor() {
    super();
    this.call = undefined;
    this.whys = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = setInterval(() => void this.ask(), EVERY_MS);
    void this.ask();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    this.off?.();
    this.off = undefined;
  }

  protected override willUpdate(): void {
    this.off ??= this.call?.on('media-changed', () => {
      this.requestUpdate();
      void this.ask();
    });
  }

  protected override render() {
    const { call } = this;
    if (!call) return nothing;
    const words = lensWords();
    const { way, stage } = call.media;
    return html`<section aria-labelledby="media">
      <h2 id="media">${words.media}</h2>
      <p data-testid="media-way" data-way=${way} data-stage=${stage}>
        ${way === 'sfu' ? words.wayServer : words.wayDirect} ${stage === 'moving' ? words.moving : nothing}
      </p>
      ${call.self ? html`<p class="soft">${words.inLogs} <code data-testid="correlation">${shortId(call.self.id)}</code></p>` : nothing}
      ${this.whys.length > 0 && way === 'sfu' ? this.table() : nothing}
    </section>`;
  }

  private table() {
    const words = lensWords();
    const { who, what, layer, why } = words.whyColumns;
    const [first] = this.whys;
    return html`
      <p class="soft">${words.estimate(formatBitrate(first?.estimateBps ?? 0))} ${words.spent(formatBitrate(first?.spentBps ?? 0))}</p>
      <div class="scroll" tabindex="0" role="region" aria-label=${words.whyCaption}>
        <table data-testid="media-why">
          <caption class="unseen">${words.whyCaption}</caption>
          <thead><tr><th scope="col">${who}</th><th scope="col">${what}</th><th scope="col">${layer}</th><th scope="col">${why}</th></tr></thead>
          <tbody>
            ${this.whys.map(
              (one) => html`<tr data-limited-by=${one.limitedBy} data-track=${one.track}>
                <th scope="row">${this.nameOf(one.stream)}</th>
                <td>${one.track === 'audio' ? words.sound : words.picture}</td>
                <td>
                  ${one.layer ? describe(one.layer) : words.nothingSent}
                  ${isLess(one) ? html`<span class="soft">${words.insteadOf(describe(one.best!))}</span>` : nothing}
                </td>
                <td>
                  ${words.limits[one.limitedBy]} <span class="soft">${words.sinceTime(timeOf(one.since))}</span>
                  ${this.tenMinutes(one)}
                </td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
  }

  /** How it was before. */
  private tenMinutes({ history }: SubscriptionWhy) {
    const words = lensWords();
    return html`<details data-testid="why-history">
      <summary>${words.tenMinutes}</summary>
      <ol>
        ${stretchesOf(history).map(
          ({ from, layer, limitedBy, bitrateBps, leastEstimateBps, mostLoss }) => html`<li data-limited-by=${limitedBy}>
            <time datetime=${from}>${timeOf(from)}</time>
            ${layer ? [sizeIn(layer), formatBitrate(bitrateBps)].filter(Boolean).join(', ') : words.nothingSent}.
            ${words.limits[limitedBy]} <span class="soft">${words.lineThen(formatBitrate(leastEstimateBps), formatShare(mostLoss))}</span>
          </li>`,
        )}
      </ol>
    </details>`;
  }

  private nameOf(streamId: string): string {
    for (const { name, streams } of this.call?.connections.values() ?? []) {
      const stream: RemoteStream | undefined = streams.get(streamId);
      if (stream) return name ?? lensWords().unnamed;
    }
    return lensWords().unnamed;
  }

  /** The answer may come after the call: then nobody wants it any more. */
  private async ask(): Promise<void> {
    const { call } = this;
    if (call?.media.way !== 'sfu') {
      if (this.whys.length > 0) this.whys = [];
      return;
    }
    try {
      this.whys = await call.why();
    } catch {
      this.whys = []; // the call is over, or media just moves away
    }
  }

  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      h2 {
        margin: 1.1rem 0 0.4rem;
        font-size: var(--text-l, 1.25rem);
        font-weight: 600;
      }
      p {
        margin: 0 0 0.5rem;
      }
      .soft {
        color: var(--ink-soft);
      }
      .scroll {
        overflow-x: auto;
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: var(--text-s, 0.8125rem);
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 0.35rem 0.75rem 0.35rem 0;
        text-align: start;
        vertical-align: top;
        font-weight: 400;
        border-bottom: 1px solid var(--line, var(--ink-soft));
      }
      thead th {
        color: var(--ink-soft);
      }
      tbody th {
        font-weight: 500;
      }
      summary {
        cursor: pointer;
        color: var(--ink-soft);
      }
      ol {
        margin: 0.25rem 0 0;
        padding: 0;
        list-style: none;
      }
      code {
        user-select: all;
      }
    `,
  ];
}

/** Whether there is a better picture that the line does not carry. */
function isLess({ track, layer, best }: SubscriptionWhy): boolean {
  return track === 'video' && best !== null && (layer?.rid !== best.rid || layer.spatial < best.spatial);
}

/** The time of day on this machine's clock. */
function timeOf(iso: string): string {
  return new Date(iso).toLocaleTimeString('en-GB');
}

/** 640 × 360, 30 fps, 480 kbit/s: as much of it as is known. */
function describe({ width, height, framesPerSecond, bitrateBps }: ForwardedLayer): string {
  const parts = [
    width > 0 && height > 0 ? `${width} × ${height}` : '',
    framesPerSecond > 0 ? `${Math.round(framesPerSecond)} fps` : '',
    formatBitrate(bitrateBps),
  ];
  return parts.filter(Boolean).join(', ');
}

customElements.define('maru-media-why', MediaWhy);

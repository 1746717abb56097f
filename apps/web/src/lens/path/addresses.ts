import type { InspectedCandidate, InspectedConnection } from '@maru/client';
import { css, html, nothing } from 'lit';
import { MaruElement } from '../../ui/element.js';
import { base } from '../../ui/styles.js';
import { spoken } from '../bilingual.js';
import { CANDIDATE_KINDS } from '../sdp/explain-transport.js';
import { lensStyles } from '../styles.js';
import { formatInstant, lensWords } from '../texts.js';
import { reasonOf } from './reason.js';
import { type PathModel, pathModel, type Route, type RouteStanding } from './route.js';

const KINDS = ['host', 'srflx', 'prflx', 'relay'] as const;
const MARK_CLASS: Readonly<Record<RouteStanding, string>> = {
  chosen: 'good',
  works: 'good',
  trying: 'warn',
  untried: 'plain',
  failed: 'bad',
};

/** The candidates of each side by kind, and every pair with how it fared and why. */
export class LensAddresses extends MaruElement {
  static override properties = { connection: { attribute: false }, revision: { attribute: false } };
  declare connection: InspectedConnection | undefined;
  /** Changes whenever what is shown, which stays the same object, has something new. */
  declare revision: number;

  constructor() {
    super();
    this.connection = undefined;
    this.revision = 0;
  }

  protected override render() {
    if (!this.connection) return nothing;
    const words = lensWords();
    const model = pathModel(this.connection);
    return html`
      <div class="sides">${this.renderSide('local', words.local)} ${this.renderSide('remote', words.remote)}</div>
      <h3>${words.pairsTitle}</h3>
      ${model.routes.length === 0 ? html`<p class="soft">${words.noPairs}</p>` : this.renderPairs(model)}
    `;
  }

  private renderSide(side: 'local' | 'remote', title: string) {
    const candidates = this.connection?.candidates.filter((candidate) => candidate.side === side) ?? [];
    const words = lensWords();
    return html`<section>
      <h3>${title}</h3>
      ${KINDS.map((kind) => {
        const ofKind = candidates.filter((candidate) => candidate.type === kind);
        if (ofKind.length === 0 && kind === 'prflx') return nothing; // learned in checks only: its absence says nothing
        return html`<div class="kind">
          <p><strong>${words.kinds[kind]}</strong> <span class="soft small">${afterColon(spoken(CANDIDATE_KINDS[kind] ?? { en: '', ko: '' }))}</span></p>
          ${
            ofKind.length === 0
              ? html`<p class="soft small">${words.noneOfKind}</p>`
              : html`<ul>
                  ${ofKind.map((candidate) => this.renderCandidate(candidate))}
                </ul>`
          }
        </div>`;
      })}
    </section>`;
  }

  private renderCandidate(candidate: InspectedCandidate) {
    const words = lensWords();
    const facts = [
      candidate.relayProtocol ? `TURN/${candidate.relayProtocol.toUpperCase()}` : undefined,
      candidate.relatedAddress ? words.behind(candidate.relatedAddress) : undefined,
      candidate.url ? words.from(candidate.url) : undefined,
      words.after(formatInstant(candidate.atMs)),
    ];
    return html`<li>
      <code>${formatAddress(candidate)}</code>
      <span class="soft small">${facts.filter((fact) => fact !== undefined).join(' · ')}</span>
    </li>`;
  }

  private renderPairs(model: PathModel) {
    const words = lensWords();
    return html`<div class="table" tabindex="0" role="region" aria-label=${words.pairsTitle}>
      <table>
        <thead>
          <tr>
            <th scope="col">${words.standing}</th>
            <th scope="col">${words.from2}</th>
            <th scope="col">${words.to}</th>
            <th scope="col">${words.roundTrip}</th>
            <th scope="col">${words.asked}</th>
            <th scope="col">${words.why}</th>
          </tr>
        </thead>
        <tbody>
          ${model.routes.map((route) => this.renderPair(route, model))}
        </tbody>
      </table>
    </div>`;
  }

  private renderPair(route: Route, model: PathModel) {
    const words = lensWords();
    const { pair } = route;
    return html`<tr class=${route.standing}>
      <td><span class="mark ${MARK_CLASS[route.standing]}">${words.standings[route.standing]}</span></td>
      <td>${words.kinds[route.local.type]}<br /><code>${formatAddress(route.local)}</code></td>
      <td>${words.kinds[route.remote.type]}<br /><code>${formatAddress(route.remote)}</code></td>
      <td>${pair.rttMs === undefined ? '–' : `${Math.round(pair.rttMs)} ms`}</td>
      <td>${pair.requestsSent ?? '–'} / ${pair.responsesReceived ?? '–'}</td>
      <td>${spoken(reasonOf(route, model))}</td>
    </tr>`;
  }

  static override styles = [
    base,
    lensStyles,
    css`
      :host {
        container-type: inline-size;
      }
      .sides {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr));
        gap: 1rem;
        margin-bottom: 1.25rem;
      }
      .sides section {
        padding: 0.8rem 1rem;
        border: 1px solid var(--line, var(--ink-soft));
        border-radius: var(--radius, 12px);
        background: var(--panel);
      }
      .kind {
        margin-top: 0.5rem;
      }
      li {
        padding: 0.15rem 0 0.15rem 0.7rem;
        border-left: 2px solid var(--line, var(--ink-soft));
      }
      li code {
        display: block;
      }
      .table {
        overflow-x: auto;
        margin-top: 0.4rem;
        border: 1px solid var(--line, var(--ink-soft));
        border-radius: var(--radius, 12px);
        background: var(--panel);
      }
      table {
        border-collapse: collapse;
        width: 100%;
        min-width: 44rem;
        font-size: var(--text-s, 0.8125rem);
      }
      th,
      td {
        padding: 0.5rem 0.75rem;
        text-align: start;
        vertical-align: top;
        border-bottom: 1px solid var(--line, var(--ink-soft));
      }
      tr:last-child td {
        border-bottom: 0;
      }
      td:nth-child(4),
      td:nth-child(5) {
        white-space: nowrap;
      }
      th {
        color: var(--ink-soft);
        font-weight: 600;
        white-space: nowrap;
      }
      tr.chosen {
        background: var(--celadon-wash, transparent);
      }
    `,
  ];
}

function formatAddress({ address, port, protocol, tcpType }: InspectedCandidate): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${host}:${port} ${protocol.toUpperCase()}${tcpType ? ` (${tcpType})` : ''}`;
}

/** What a kind is, without the term that the heading already says. */
function afterColon(text: string): string {
  const colon = text.indexOf(': ');
  return colon < 0 ? text : text.slice(colon + 2);
}

customElements.define('maru-lens-addresses', LensAddresses);

import type { SubscriptionWhy } from '@maru/signaling';
import type { MediaConnectionInfo, MediaEvent, MediaOverview } from '@maru/signaling/rest';
import { html, nothing, type TemplateResult } from 'lit';
import { formatBitrate, formatMilliseconds, formatShare } from '../hall/model/quality.js';
import { operatorTable } from '../operator/operator-table.js';
import { mediaWords } from './texts.js';
import { heldBack, troubleSentences } from './trouble.js';

export function workerTable({ workers }: MediaOverview): TemplateResult {
  const words = mediaWords();
  const rows = workers.map(
    ({
      worker,
      driver,
      overload,
      sessions,
      connections,
      tracks,
      cpuFraction,
      eventLoopDelayMs,
      receivedBps,
      sentBps,
    }) => html`<tr>
      <td>${worker} <span class="soft">${driver}</span></td>
      <td>${words.overload[overload]}</td>
      <td class="number">${sessions}</td>
      <td class="number">${connections}</td>
      <td class="number">${tracks}</td>
      <td class="number">${formatShare(cpuFraction)}</td>
      <td class="number">${formatMilliseconds(eventLoopDelayMs)}</td>
      <td class="number">${formatBitrate(receivedBps)}</td>
      <td class="number">${formatBitrate(sentBps)}</td>
    </tr>`,
  );
  return operatorTable({ id: 'workers', title: words.workers, head: words.workerHead, firstNumber: 2, rows });
}

export function peopleTable(
  { connections, connectionCount }: MediaOverview,
  choose: (one: MediaConnectionInfo) => void,
): TemplateResult {
  const words = mediaWords();
  return operatorTable({
    id: 'people',
    title: words.people,
    note: connections.length < connectionCount ? words.shown(connections.length, connectionCount) : '',
    head: words.peopleHead,
    firstNumber: 4,
    rows: connections.length > 0 ? connections.map((one) => personRow(one, choose)) : undefined,
    nothingThere: words.nobody,
  });
}

function personRow(one: MediaConnectionInfo, choose: (one: MediaConnectionInfo) => void): TemplateResult {
  const words = mediaWords();
  const {
    connection,
    session,
    name,
    verdict,
    protocol,
    receivedBps,
    sentBps,
    estimateBps,
    lossUpFraction,
    lossDownFraction,
    rttMs,
  } = one;
  const sentences = troubleSentences(one);
  return html`<tr data-connection=${connection} data-verdict=${verdict}>
    <td>
      <button class="quiet" aria-label=${words.show(calledOf(one))} @click=${() => choose(one)}>
        ${name === null ? nothing : html`<span>${name}</span> `}<code class="soft">${connection}</code>
      </button>
    </td>
    <td><code>${session}</code></td>
    <td class="wide">${sentences.length > 0 ? sentences.join(' ') : words.good}</td>
    <td>${protocol?.toUpperCase() ?? ''}</td>
    <td class="number">${formatBitrate(receivedBps)}</td>
    <td class="number">${formatBitrate(sentBps)}</td>
    <td class="number">${estimateBps === null ? '' : formatBitrate(estimateBps)}</td>
    <td class="number">${formatShare(lossUpFraction)}</td>
    <td class="number">${formatShare(lossDownFraction)}</td>
    <td class="number">${rttMs === null ? '' : formatMilliseconds(rttMs)}</td>
  </tr>`;
}

/** What happened to one connection, the newest first. */
export function eventList(who: string, events: readonly MediaEvent[]): TemplateResult {
  const words = mediaWords();
  const newestFirst = [...events].reverse();
  return html`<section aria-labelledby="events" data-testid="events">
    <h2 id="events">${words.events(who)}</h2>
    ${events.length === 0 ? html`<p class="soft">${words.noEvents}</p>` : nothing}
    <ul class="events">
      ${newestFirst.map(
        ({ at, event, fields }) => html`<li>
          <time datetime=${at}>${at.slice(11, 23)}</time> <code>${event}</code>
          <span class="soft">${Object.entries(fields)
            .map(([name, value]) => `${name}: ${value}`)
            .join(', ')}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}

/** Everybody whose way is bad: what is wrong with it, and which pictures come smaller for it. */
export function troubleList(
  { connections }: MediaOverview,
  whys: ReadonlyMap<string, readonly SubscriptionWhy[]>,
  most: number,
): TemplateResult {
  const words = mediaWords();
  const calledBy = new Map(connections.map((one) => [one.connection, calledOf(one)]));
  const shown = connections.filter(({ troubles }) => troubles.length > 0).slice(0, most);
  return html`<section aria-labelledby="trouble" data-testid="troubles">
    <h2 id="trouble">${words.trouble}</h2>
    ${shown.length === 0 ? html`<p class="soft">${words.noTrouble}</p>` : nothing}
    ${shown.map(
      (one) => html`<article data-connection=${one.connection} data-verdict=${one.verdict}>
        <h3>${calledOf(one)} <code class="soft">${one.connection}</code></h3>
        <p>${troubleSentences(one).join(' ')}</p>
        <ul>
          ${heldBack(whys.get(one.connection) ?? [], (publisher) => calledBy.get(publisher) ?? publisher).map(
            ({ stream, limitedBy, sentence }) => html`<li data-stream=${stream} data-limited-by=${limitedBy}>${sentence}</li>`,
          )}
        </ul>
      </article>`,
    )}
  </section>`;
}

/** What a person is called here. */
export const calledOf = ({ name, connection }: MediaConnectionInfo): string => name ?? connection;

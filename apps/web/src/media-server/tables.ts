import type { MediaConnectionInfo, MediaEvent, MediaOverview } from '@maru/signaling/rest';
import { html, nothing, type TemplateResult } from 'lit';
import { formatBitrate, formatMilliseconds, formatShare } from '../hall/model/quality.js';
import { mediaWords } from './texts.js';

/** Rows under a heading, in a box that scrolls by itself. Columns from `firstNumber` on stand at the right. */
function tableOf(
  id: string,
  title: string,
  note: string,
  head: readonly string[],
  firstNumber: number,
  rows: unknown,
): TemplateResult {
  return html`<section aria-labelledby=${id} data-testid=${id}>
    <h2 id=${id}>${title}${note === '' ? nothing : html`<small>${note}</small>`}</h2>
    <div class="scroll" tabindex="0" role="region" aria-label=${title}>
      <table>
        <thead>
          <tr>${head.map((name, index) => html`<th scope="col" class=${index >= firstNumber ? 'number' : ''}>${name}</th>`)}</tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    </div>
  </section>`;
}

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
  return tableOf('workers', words.workers, '', words.workerHead, 2, rows);
}

export function peopleTable(
  { connections, connectionCount }: MediaOverview,
  choose: (one: MediaConnectionInfo) => void,
): TemplateResult {
  const words = mediaWords();
  if (connections.length === 0) {
    return html`<section aria-labelledby="people" data-testid="people"><h2 id="people">${words.people}</h2><p class="soft">${words.nobody}</p></section>`;
  }
  const note = connections.length < connectionCount ? words.shown(connections.length, connectionCount) : '';
  return tableOf(
    'people',
    words.people,
    note,
    words.peopleHead,
    4,
    connections.map((one) => personRow(one, choose)),
  );
}

function personRow(one: MediaConnectionInfo, choose: (one: MediaConnectionInfo) => void): TemplateResult {
  const words = mediaWords();
  const { connection, session, verdict, protocol, receivedBps, sentBps, estimateBps, lossUpFraction, lossDownFraction, rttMs } =
    one;
  return html`<tr data-verdict=${verdict}>
    <td><button class="quiet" aria-label=${words.show(connection)} @click=${() => choose(one)}><code>${connection}</code></button></td>
    <td><code>${session}</code></td>
    <td class="wide">${words.verdicts[verdict]}</td>
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
export function eventList(connection: string, events: readonly MediaEvent[]): TemplateResult {
  const words = mediaWords();
  const newestFirst = [...events].reverse();
  return html`<section aria-labelledby="events" data-testid="events">
    <h2 id="events">${words.events(connection)}</h2>
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

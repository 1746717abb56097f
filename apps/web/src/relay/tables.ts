import type { TurnAllocation, TurnOverview, TurnRefusal, TurnUser } from '@maru/signaling/turn';
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatAge, formatBytes, formatEnd } from './figures.js';
import { relayWords } from './texts.js';

/** What of each bounded resource is in use. Those without a bound are not metered. */
export function meters({ resources }: TurnOverview): TemplateResult {
  const words = relayWords();
  const metered = resources.filter(({ limit, used }) => limit !== null && limit >= used && limit > 0);
  return html`<dl class="meters">
    ${metered.map(({ name, used, limit }) => {
      const label = words.resources[name] ?? name;
      const text = words.of(String(used), String(limit));
      return html`<div>
        <dt><span>${label}</span><span>${text}</span></dt>
        <dd><meter min="0" max=${limit ?? 1} high=${0.9 * (limit ?? 1)} value=${used} aria-label=${`${label}: ${text}`}></meter></dd>
      </div>`;
    })}
  </dl>`;
}

export function allocationTable(overview: TurnOverview, end: (id: number) => void): TemplateResult {
  const words = relayWords();
  const { allocations, allocationCount } = overview;
  const head = [words.user, words.client, words.relayed, words.age, words.ends, words.sent, words.received, words.action];
  return tableOf('allocations', words.allocations, allocations.length, allocationCount, words.noAllocations, head, 5, () =>
    repeat(
      allocations,
      ({ id }) => id,
      (allocation) => allocationRow(allocation, end),
    ),
  );
}

function allocationRow(allocation: TurnAllocation, end: (id: number) => void): TemplateResult {
  const words = relayWords();
  const { id, transport, client, relayed, relayTransport, ageSeconds, expiresInSeconds, sentBytes, receivedBytes } = allocation;
  const user = allocation.user || words.nobody;
  return html`<tr>
    <td>${user}</td>
    <td><code>${formatEnd(client)}</code> <span class="soft">${transport.toUpperCase()}</span></td>
    <td><code>${relayed.map(formatEnd).join(', ')}</code> <span class="soft">${relayTransport.toUpperCase()}</span></td>
    <td>${formatAge(ageSeconds)}</td>
    <td>${formatAge(expiresInSeconds)}</td>
    <td class="number">${formatBytes(sentBytes)}</td>
    <td class="number">${formatBytes(receivedBytes)}</td>
    <td class="number">
      <button data-testid="end" aria-label=${words.endOne(user, formatEnd(client))} @click=${() => end(id)}>${words.end}</button>
    </td>
  </tr>`;
}

export function userTable({ users, userCount }: TurnOverview): TemplateResult {
  const words = relayWords();
  const head = [words.user, words.count, words.sent, words.received, words.month];
  return tableOf('users', words.users, users.length, userCount, words.noUsers, head, 1, () => users.map(userRow));
}

const userRow = ({ user, allocations, sentBytes, receivedBytes, monthBytes }: TurnUser): TemplateResult =>
  html`<tr>
    <td>${user || relayWords().nobody}</td>
    <td class="number">${allocations}</td>
    <td class="number">${formatBytes(sentBytes)}</td>
    <td class="number">${formatBytes(receivedBytes)}</td>
    <td class="number">${formatBytes(monthBytes)}</td>
  </tr>`;

export function refusalTable({ refusals, at }: TurnOverview): TemplateResult {
  const words = relayWords();
  const head = [words.when, words.why, words.from, words.user, words.times];
  return tableOf('refusals', words.refused, refusals.length, refusals.length, words.noRefusals, head, 4, () =>
    refusals.map((refusal) => refusalRow(refusal, Date.parse(at))),
  );
}

function refusalRow({ at, code, reason, client, username, times }: TurnRefusal, nowMs: number): TemplateResult {
  const words = relayWords();
  const ageSeconds = (nowMs - Date.parse(at)) / 1_000;
  return html`<tr>
    <td>${ageSeconds < 1 ? words.now : words.ago(formatAge(ageSeconds))}</td>
    <td class="wide">${words.reasons[reason] ?? nothing} <code class="soft">${code} ${reason}</code></td>
    <td><code>${client}</code></td>
    <td>${username ?? ''}</td>
    <td class="number">${times}</td>
  </tr>`;
}

/** A titled table, or a sentence when it has no rows. Columns from `firstNumber` on stand at the right. */
function tableOf(
  id: string,
  title: string,
  shown: number,
  all: number,
  nothingThere: string,
  head: readonly string[],
  firstNumber: number,
  rows: () => unknown,
): TemplateResult {
  const words = relayWords();
  return html`<section aria-labelledby=${id} data-testid=${id}>
    <h2 id=${id}>${title}${shown < all ? html`<small>${words.shown(shown, all)}</small>` : nothing}</h2>
    ${
      shown === 0
        ? html`<p class="soft">${nothingThere}</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label=${title}>
            <table>
              <thead>
                <tr>
                  ${head.map((name, i) => html`<th scope="col" class=${i >= firstNumber ? 'number' : ''}>${name}</th>`)}
                </tr>
              </thead>
              <tbody>${rows()}</tbody>
            </table>
          </div>`
    }
  </section>`;
}

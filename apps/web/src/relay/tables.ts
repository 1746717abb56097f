import type { TurnAllocation, TurnOverview, TurnRefusal, TurnUser } from '@maru/signaling/turn';
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { operatorTable } from '../operator/operator-table.js';
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
  const rows = repeat(
    allocations,
    ({ id }) => id,
    (allocation) => allocationRow(allocation, end),
  );
  return operatorTable({
    id: 'allocations',
    title: words.allocations,
    note: noteOf(allocations.length, allocationCount),
    head,
    firstNumber: 5,
    rows: allocations.length > 0 ? rows : undefined,
    nothingThere: words.noAllocations,
  });
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
  return operatorTable({
    id: 'users',
    title: words.users,
    note: noteOf(users.length, userCount),
    head,
    firstNumber: 1,
    rows: users.length > 0 ? users.map(userRow) : undefined,
    nothingThere: words.noUsers,
  });
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
  return operatorTable({
    id: 'refusals',
    title: words.refused,
    head,
    firstNumber: 4,
    rows: refusals.length > 0 ? refusals.map((refusal) => refusalRow(refusal, Date.parse(at))) : undefined,
    nothingThere: words.noRefusals,
  });
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

const noteOf = (shown: number, all: number): string => (shown < all ? relayWords().shown(shown, all) : '');

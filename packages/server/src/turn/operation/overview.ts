import type { AllocationSnapshot } from '@maru/protocol/turn/server';
import type { TurnAllocation, TurnOverview, TurnUser } from '@maru/signaling/turn';
import { SERVER_VERSION } from '../../version.js';
import { visible } from './refusal-log.js';
import type { TurnState } from './turn-operation.js';

/** More rows than anybody reads; the API pages through all of them. */
const ROWS = 200;

/** What the admin page shows. */
export function overviewOf(state: TurnState): TurnOverview {
  const { statistics, refusals, allocations } = state;
  const users = usersOf(state);
  return {
    version: SERVER_VERSION,
    at: new Date(state.wallNowMs).toISOString(),
    startedAt: new Date(state.startedAtMs).toISOString(),
    realm: state.config.realm,
    driver: state.driver,
    isDraining: state.isDraining,
    listeners: [...state.listeners],
    sentBytes: statistics.sent.bytes,
    receivedBytes: statistics.received.bytes,
    sentPackets: statistics.sent.packets,
    receivedPackets: statistics.received.packets,
    droppedPackets: statistics.sent.dropped + statistics.received.dropped,
    allocationsCreated: statistics.allocationsCreated,
    resources: statistics.resources.map(({ name, used, limit }) => ({
      name,
      used,
      limit: Number.isFinite(limit) ? limit : null,
    })),
    refused: countsOf(statistics.refused),
    dropped: countsOf(statistics.dropped),
    allocationCount: allocations.length,
    allocations: allocationsOf(state).slice(0, ROWS),
    userCount: users.length,
    users: users.slice(0, ROWS),
    refusals: refusals.map(({ atMs, username, ...rest }) => ({
      ...rest,
      at: new Date(atMs).toISOString(),
      username: username ?? null,
    })),
  };
}

/** Those that relay most first. */
export function allocationsOf({ allocations, now }: TurnState): TurnAllocation[] {
  const bytes = ({ sent, received }: AllocationSnapshot): number => sent.bytes + received.bytes;
  return [...allocations].sort((a, b) => bytes(b) - bytes(a) || a.id - b.id).map((allocation) => allocationOf(allocation, now));
}

function allocationOf(allocation: AllocationSnapshot, now: number): TurnAllocation {
  const { id, username, group, transport, relayTransport, client, relayed, permissions, channels, connections } = allocation;
  const { sent, received, createdAt, expiresAt } = allocation;
  return {
    id,
    username: visible(username),
    user: visible(group),
    transport,
    relayTransport,
    client: { ...client },
    relayed: relayed.map((end) => ({ ...end })),
    ageSeconds: Math.max(0, now - createdAt) / 1_000,
    expiresInSeconds: Math.max(0, expiresAt - now) / 1_000,
    permissions,
    channels,
    connections,
    sentBytes: sent.bytes,
    receivedBytes: received.bytes,
    droppedPackets: sent.dropped + received.dropped,
  };
}

/** Those that relayed most this month first; those who are not here now included. */
export function usersOf({ users, monthBytes }: TurnState): TurnUser[] {
  const byName = new Map(users.map((user) => [user.group, user]));
  return [...monthBytes]
    .sort(([, a], [, b]) => b - a)
    .map(([name, bytes]) => {
      const user = byName.get(name);
      return {
        user: visible(name),
        allocations: user?.allocations ?? 0,
        sentBytes: user?.sent.bytes ?? 0,
        receivedBytes: user?.received.bytes ?? 0,
        monthBytes: bytes,
      };
    });
}

const countsOf = (counts: ReadonlyMap<string, number>): { reason: string; count: number }[] =>
  [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);

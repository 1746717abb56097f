import type { GroupUsage, ResourceUsage, Traffic, TurnStatistics } from '@maru/protocol/turn/server';
import type { EngineState } from './engine-messages.js';

/** Several engines as if they were one. Those that are gone are left out. */
export function mergedStates(states: readonly (EngineState | undefined)[], now: number): EngineState {
  const there = states.filter((state) => state !== undefined);
  const sum = (of: (state: EngineState) => number): number => there.reduce((total, state) => total + of(state), 0);
  return {
    allocations: there.flatMap(({ allocations }) => allocations),
    statistics: mergedStatistics(there.map(({ statistics }) => statistics)),
    users: mergedUsers(there.flatMap(({ users }) => users)),
    lost: { datagrams: sum(({ lost }) => lost.datagrams), streamMessages: sum(({ lost }) => lost.streamMessages) },
    now,
  };
}

function mergedStatistics(all: readonly TurnStatistics[]): TurnStatistics {
  const sum = (of: (statistics: TurnStatistics) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    allocationsCreated: sum((one) => one.allocationsCreated),
    resources: mergedResources(all.flatMap(({ resources }) => resources)),
    openClients: sum((one) => one.openClients),
    reservedPorts: sum((one) => one.reservedPorts),
    groups: Math.max(...all.map(({ groups }) => groups)),
    sent: all.map(({ sent }) => sent).reduce(mergedTraffic),
    received: all.map(({ received }) => received).reduce(mergedTraffic),
    requests: mergedCounts(all.map(({ requests }) => requests)),
    refused: mergedCounts(all.map(({ refused }) => refused)),
    dropped: mergedCounts(all.map(({ dropped }) => dropped)),
  };
}

function mergedResources(all: readonly ResourceUsage[]): ResourceUsage[] {
  const merged = new Map<ResourceUsage['name'], ResourceUsage>();
  for (const { name, used, limit } of all) {
    const before = merged.get(name);
    merged.set(name, { name, used: used + (before?.used ?? 0), limit: limit + (before?.limit ?? 0) });
  }
  return [...merged.values()];
}

function mergedUsers(all: readonly GroupUsage[]): GroupUsage[] {
  const merged = new Map<string, GroupUsage>();
  for (const one of all) {
    const before = merged.get(one.group);
    merged.set(one.group, before ? mergedUser(before, one) : one);
  }
  return [...merged.values()];
}

const mergedUser = (a: GroupUsage, b: GroupUsage): GroupUsage => ({
  group: a.group,
  allocations: a.allocations + b.allocations,
  sent: mergedTraffic(a.sent, b.sent),
  received: mergedTraffic(a.received, b.received),
  bytes: a.bytes + b.bytes,
});

const mergedTraffic = (a: Traffic, b: Traffic): Traffic => ({
  packets: a.packets + b.packets,
  bytes: a.bytes + b.bytes,
  dropped: a.dropped + b.dropped,
});

function mergedCounts(all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const merged = new Map<string, number>();
  for (const counts of all) for (const [name, count] of counts) merged.set(name, count + (merged.get(name) ?? 0));
  return merged;
}

import { type AllocationTable, addTraffic } from './allocation-table.js';
import type { Traffic } from './contract.js';
import type { Counters } from './counters.js';
import type { RelayPorts } from './relay-ports.js';
import type { TurnLimits } from './settings.js';
import type { UsageLedger } from './usage.js';

/** How much of something bounded is in use (INV-7: used, limit, refused). */
export interface ResourceUsage {
  readonly name: 'allocations' | 'ports' | 'permissions' | 'channels' | 'connections';
  readonly used: number;
  /** Of all allocations together, where each has its limit. */
  readonly limit: number;
}

/** Sums since the start, and what is in use now. Values, made when asked for. */
export interface TurnStatistics {
  readonly allocationsCreated: number;
  readonly resources: readonly ResourceUsage[];
  /** Connections and associations with clients. */
  readonly openClients: number;
  /** Ports that wait for their reservation token. */
  readonly reservedPorts: number;
  /** Groups with allocations, or with bytes that count. */
  readonly groups: number;
  /** Over all allocations, ended ones included. */
  readonly sent: Traffic;
  readonly received: Traffic;
  /** Requests by method name: `allocate`. */
  readonly requests: ReadonlyMap<string, number>;
  /** Error responses by stable reason: `turn/quota/user`, `turn/peer/private`. */
  readonly refused: ReadonlyMap<string, number>;
  /** Packets and messages that got no answer, by reason. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** What a group has used, for quotas and bills. */
export interface GroupUsage {
  readonly group: string;
  readonly allocations: number;
  readonly sent: Traffic;
  readonly received: Traffic;
  /** Both ways since the last `resetUsage`. */
  readonly bytes: number;
}

export function statisticsOf(
  table: AllocationTable,
  ledger: UsageLedger,
  ports: RelayPorts,
  limits: TurnLimits,
  requests: ReadonlyMap<string, number>,
  refused: Counters,
  dropped: Counters,
): TurnStatistics {
  const sent = { ...table.endedSent };
  const received = { ...table.endedReceived };
  let permissions = 0;
  let channels = 0;
  for (const allocation of table.byId.values()) {
    addTraffic(sent, allocation.sent);
    addTraffic(received, allocation.received);
    permissions += allocation.permissions.length;
    channels += allocation.channels?.size ?? 0;
  }
  const all = table.byId.size;
  return {
    allocationsCreated: table.created,
    resources: [
      { name: 'allocations', used: ledger.allocations, limit: limits.allocations },
      { name: 'ports', ...ports.usage },
      { name: 'permissions', used: permissions, limit: all * limits.permissionsPerAllocation },
      { name: 'channels', used: channels, limit: all * limits.channelsPerAllocation },
      { name: 'connections', used: table.connections.size, limit: all * limits.connectionsPerAllocation },
    ],
    openClients: table.connected.size,
    reservedPorts: table.reservationCount,
    groups: ledger.groupCount,
    sent,
    received,
    requests: new Map(requests),
    refused: new Map(refused.entries()),
    dropped: new Map(dropped.entries()),
  };
}

import type { AllocationSnapshot, RelayAddress, TurnServerEvent, TurnServerSettings } from '@maru/protocol/turn/server';

/** The part of one engine of several: ports of its own, so that no two bind the same, and its part of all allocations. */
export function shareOf(settings: TurnServerSettings, index: number, count: number): TurnServerSettings {
  const { limits, relayAddresses } = settings;
  return {
    ...settings,
    relayAddresses: relayAddresses.map((address) => portsOf(address, index, count)),
    limits: { ...limits, allocations: Math.ceil(limits.allocations / count) },
  };
}

function portsOf(address: RelayAddress, index: number, count: number): RelayAddress {
  const { firstPort, lastPort } = address;
  const size = lastPort - firstPort + 1;
  const startOf = (part: number): number => firstPort + 2 * Math.floor((size * part) / count / 2); // pairs stay together
  return { ...address, firstPort: startOf(index), lastPort: index === count - 1 ? lastPort : startOf(index + 1) - 1 };
}

/** Ids of several engines as one sequence, and back. */
export class SharedIds {
  constructor(
    private readonly index: number,
    private readonly count: number,
  ) {}

  outer(id: number): number {
    return id * this.count + this.index;
  }

  inner(id: number): number {
    return (id - this.index) / this.count;
  }

  /** With ids that are unique over engines and instants `aheadMs` later: each thread's clock has an origin of its own. */
  allocation(allocation: AllocationSnapshot, aheadMs: number): AllocationSnapshot {
    const { id, createdAt, expiresAt } = allocation;
    return { ...allocation, id: this.outer(id), createdAt: createdAt + aheadMs, expiresAt: expiresAt + aheadMs };
  }

  event(event: TurnServerEvent, aheadMs: number): TurnServerEvent {
    switch (event.type) {
      case 'allocation-created':
      case 'allocation-deleted':
        return { ...event, allocation: this.allocation(event.allocation, aheadMs) };
      case 'allocation-refreshed':
        return { ...event, id: this.outer(event.id), expiresAt: event.expiresAt + aheadMs };
      case 'allocation-moved':
        return { ...event, id: this.outer(event.id) };
      default:
        return event;
    }
  }
}

export const engineOf = (id: number, count: number): number => id % count;

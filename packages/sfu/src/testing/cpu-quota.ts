import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { when } from './when.js';

const PERIOD_US = 100_000;
/** Where groups are made: of version 1, or of version 2 where that hands the processor out. */
const PLACES = ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup'];

/** A control group of the kernel that leaves its processes a share of one core, as containers do: once it is spent they stand still. */
export class CpuQuota {
  private constructor(private readonly group: string) {}

  /** Undefined where no groups can be made: that takes root, and a kernel that lets it. */
  static of(cores: number): CpuQuota | undefined {
    for (const place of PLACES) {
      const group = `${place}/maru-test-${process.pid}-${Math.round(performance.now())}`;
      try {
        if (place === '/sys/fs/cgroup' && !/\bcpu\b/.test(readFileSync(`${place}/cgroup.subtree_control`, 'utf8'))) continue;
        mkdirSync(group);
        try {
          const quotaUs = Math.round(cores * PERIOD_US);
          if (place.endsWith('cpu')) {
            writeFileSync(`${group}/cpu.cfs_period_us`, String(PERIOD_US));
            writeFileSync(`${group}/cpu.cfs_quota_us`, String(quotaUs));
          } else writeFileSync(`${group}/cpu.max`, `${quotaUs} ${PERIOD_US}`);
          return new CpuQuota(group);
        } catch {
          rmdirSync(group);
        }
      } catch {
        // not here
      }
    }
    return undefined;
  }

  /** A shell that begins with this is held to it, and what it becomes. */
  get entry(): string {
    return `echo $$ > ${this.group}/cgroup.procs; `;
  }

  /** How often it has stopped its processes. */
  get stops(): number {
    return Number(/nr_throttled (\d+)/.exec(readFileSync(`${this.group}/cpu.stat`, 'utf8'))?.[1]);
  }

  /** Its processes have ended. */
  async remove(): Promise<void> {
    await when(() => {
      try {
        rmdirSync(this.group);
        return true;
      } catch {
        return false; // one is not quite gone
      }
    });
  }
}

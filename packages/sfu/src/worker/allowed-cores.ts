import { readFileSync } from 'node:fs';

const ROOT = '/sys/fs/cgroup';

/**
 * How many cores this process may use together with whoever shares its container, as Linux control groups of both versions have it; `Infinity`
 * where nobody set a limit. A quota is not seen otherwise: the kernel stops all threads once it is spent, for the rest of a tenth of a second.
 */
export function allowedCores(read: (path: string) => string | undefined = readText): number {
  let cores = Number.POSITIVE_INFINITY;
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path = '/'] = line.split(':');
    if (controllers !== '' && !controllers?.split(',').includes('cpu')) continue;
    // Each group counts within those above it. In a container, the path may be one that is seen outside alone: then its root is what is left.
    for (let group = path === '/' ? '' : path; ; group = group.slice(0, group.lastIndexOf('/'))) {
      const quota = controllers === '' ? quotaOf(read, `${ROOT}${group}`) : oldQuotaOf(read, `${ROOT}/cpu${group}`);
      cores = Math.min(cores, quota);
      if (group === '') break;
    }
  }
  return cores;
}

/** Version 2: microseconds of a period, or `max`, and the period. */
function quotaOf(read: (path: string) => string | undefined, group: string): number {
  const [quota, period] = (read(`${group}/cpu.max`) ?? '').split(' ').map(Number);
  return share(quota, period);
}

/** Version 1: two files, -1 for no limit. */
function oldQuotaOf(read: (path: string) => string | undefined, group: string): number {
  const quota = read(`${group}/cpu.cfs_quota_us`);
  return quota === undefined ? Number.POSITIVE_INFINITY : share(Number(quota), Number(read(`${group}/cpu.cfs_period_us`)));
}

function share(quotaUs: number | undefined, periodUs: number | undefined): number {
  return quotaUs !== undefined && periodUs !== undefined && quotaUs > 0 && periodUs > 0
    ? quotaUs / periodUs
    : Number.POSITIVE_INFINITY;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined; // another system, or none of these groups
  }
}

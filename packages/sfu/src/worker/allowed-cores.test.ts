import { expect, test } from 'vitest';
import { allowedCores } from './allowed-cores.js';

const over = (files: Readonly<Record<string, string>>) => allowedCores((path) => files[path]);

test.each([
  ['nobody set a limit', { '/proc/self/cgroup': '0::/', '/sys/fs/cgroup/cpu.max': 'max 100000' }, Infinity],
  ['another system', {}, Infinity],
  ['a container', { '/proc/self/cgroup': '0::/', '/sys/fs/cgroup/cpu.max': '50000 100000' }, 0.5],
  [
    'a group within a smaller one',
    {
      '/proc/self/cgroup': '0::/system.slice/maru.service',
      '/sys/fs/cgroup/system.slice/maru.service/cpu.max': '400000 100000',
      '/sys/fs/cgroup/system.slice/cpu.max': '150000 100000',
      '/sys/fs/cgroup/cpu.max': 'max 100000',
    },
    1.5,
  ],
  [
    'version 1',
    {
      '/proc/self/cgroup': '9:name=systemd:/\n1:cpu,cpuacct:/box\n0::/',
      '/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us': '20000',
      '/sys/fs/cgroup/cpu/box/cpu.cfs_period_us': '100000',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    },
    0.2,
  ],
  [
    'version 1 in a container, which sees a path of outside',
    {
      '/proc/self/cgroup': '1:cpu:/docker/0a1b',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '250000',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    },
    2.5,
  ],
  ['what is no number', { '/proc/self/cgroup': '0::/', '/sys/fs/cgroup/cpu.max': 'a b' }, Infinity],
])('R-21 the processor time that may be had: %s', (_, files, cores) => expect(over(files)).toBe(cores));

test('of this process something is known', () => expect(allowedCores()).toBeGreaterThan(0));

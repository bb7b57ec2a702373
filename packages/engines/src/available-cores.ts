import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

/** What is read of the system; tests give their own. */
export interface CoreSources {
  /** Cores that the process is allowed on, its affinity included. */
  readonly affinityCores: number;
  /** The text of a file, or undefined when it cannot be read. */
  readFile(file: string): string | undefined;
}

const CGROUP_ROOT = '/sys/fs/cgroup';

const systemSources: CoreSources = {
  get affinityCores() {
    return availableParallelism();
  },
  readFile(file) {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  },
};

/**
 * Cores that the process may use, at least 1: those it is allowed on, and not more than the CPU quota of its cgroup or of
 * any above it (version 1 and 2), rounded up. Sources: cgroups(7), kernel docs cgroup-v2.rst `cpu.max`.
 */
export function availableCores(sources: CoreSources = systemSources): number {
  const quotas = [...quotasV2(sources), ...quotasV1(sources)];
  return Math.max(1, Math.min(sources.affinityCores, ...quotas.map((quota) => Math.ceil(quota))));
}

function quotasV2(sources: CoreSources): number[] {
  const own = cgroupPath(sources, (controllers) => controllers === '');
  return ancestors(own).flatMap((group) => {
    const [quota, period] = (sources.readFile(path.join(CGROUP_ROOT, group, 'cpu.max')) ?? '').trim().split(' ');
    return quotaOf(quota, period);
  });
}

function quotasV1(sources: CoreSources): number[] {
  const own = cgroupPath(sources, (controllers) => controllers.split(',').includes('cpu'));
  return ['cpu', 'cpu,cpuacct'].flatMap((mount) =>
    ancestors(own).flatMap((group) => {
      const folder = path.join(CGROUP_ROOT, mount, group);
      const quota = sources.readFile(path.join(folder, 'cpu.cfs_quota_us'));
      const period = sources.readFile(path.join(folder, 'cpu.cfs_period_us'));
      return quotaOf(quota?.trim(), period?.trim());
    }),
  );
}

/** The process's group in the hierarchy whose controllers match, from lines like `4:cpu,cpuacct:/kubepods/pod1`. */
function cgroupPath(sources: CoreSources, matches: (controllers: string) => boolean): string {
  for (const line of (sources.readFile('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, ...rest] = line.split(':');
    if (controllers !== undefined && matches(controllers)) return rest.join(':');
  }
  return '/';
}

/** The group, those above it, and the root; inside a container the root is often all that can be seen. */
function ancestors(group: string): string[] {
  const parts = group.split('/').filter((part) => part !== '' && part !== '..');
  return ['/', ...parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`)];
}

/** `max` and -1 mean no limit. */
function quotaOf(quota: string | undefined, period: string | undefined): number[] {
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? [cores] : [];
}

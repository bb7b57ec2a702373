import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { availableCores } from '../src/available-cores.ts';

function cores(affinityCores: number, files: Readonly<Record<string, string>>): number {
  return availableCores({ affinityCores, readFile: (file) => files[file] });
}

describe('available cores', () => {
  test('are at least one, here too', () => {
    assert.ok(availableCores() >= 1);
    assert.equal(cores(0, {}), 1);
  });

  test('are those of the affinity where no quota is set', () => {
    assert.equal(cores(6, {}), 6);
    const unlimited = { '/proc/self/cgroup': '0::/a', '/sys/fs/cgroup/a/cpu.max': 'max 100000\n' };
    assert.equal(cores(6, unlimited), 6);
    const unlimitedV1 = {
      '/proc/self/cgroup': '4:cpu,cpuacct:/a',
      '/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '-1',
      '/sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '100000',
    };
    assert.equal(cores(6, unlimitedV1), 6);
  });

  test('are the quota of cgroup v2, rounded up, of the group or any above it', () => {
    const group = '0::/kubepods/pod1/container\n';
    const own = { '/proc/self/cgroup': group, '/sys/fs/cgroup/kubepods/pod1/container/cpu.max': '250000 100000\n' };
    assert.equal(cores(16, own), 3);
    assert.equal(cores(2, own), 2);
    assert.equal(cores(16, { ...own, '/sys/fs/cgroup/kubepods/cpu.max': '150000 100000' }), 2);
    assert.equal(cores(16, { '/sys/fs/cgroup/cpu.max': '50000 100000' }), 1);
  });

  test('are the quota of cgroup v1', () => {
    const files = {
      '/proc/self/cgroup': '9:memory:/x\n4:cpu,cpuacct:/docker/abc\n',
      '/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us': '400000\n',
      '/sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us': '100000\n',
    };
    assert.equal(cores(16, files), 4);
    const inside = {
      '/proc/self/cgroup': '4:cpuacct,cpu:/docker/abc',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '150000',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
    };
    assert.equal(cores(16, inside), 2);
  });

  test('are not disturbed by files that say nothing sensible', () => {
    for (const text of ['', 'max', 'x y', '0 0', '100000']) {
      assert.equal(cores(4, { '/sys/fs/cgroup/cpu.max': text }), 4, JSON.stringify(text));
    }
  });
});

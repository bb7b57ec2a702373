import { spawnSync } from 'node:child_process';
import { eventually, freePort, startRealServer, type RealServer } from '@rangefinder/testing';

/** What node:test takes as `skip`: false, or which program is missing. */
export function missing(program: string): string | false {
  return spawnSync('which', [program]).status === 0 ? false : `${program} is not installed`;
}

export async function startRedis(...settings: string[]): Promise<RealServer> {
  return startRealServer(async (port, folder) => {
    const basics = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
    return { program: 'redis-server', parameters: [...basics, ...settings] };
  });
}

export async function startMemcached(...settings: string[]): Promise<RealServer> {
  return startRealServer(async (port) => {
    const basics = ['-u', 'nobody', '-l', '127.0.0.1', '-p', String(port), '-U', '0'];
    return { program: 'memcached', parameters: [...basics, ...settings] };
  });
}

export interface RedisCluster {
  readonly ports: readonly number[];
  readonly nodes: readonly RealServer[];
  stop(): Promise<void>;
}

/** Three masters on loopback, each with so many replicas, that know each other and cover all slots. */
export async function startRedisCluster(replicas = 0): Promise<RedisCluster> {
  const nodes = await Promise.all(
    Array.from({ length: 3 * (1 + replicas) }, async () => {
      const bus = await freePort();
      return startRedis('--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '2000');
    }),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  const ports = nodes.map(({ port }) => port);
  const made = spawnSync(
    'redis-cli',
    [
      '--cluster',
      'create',
      ...ports.map((port) => `127.0.0.1:${port}`),
      '--cluster-replicas',
      String(replicas),
      '--cluster-yes',
    ],
    { encoding: 'utf8', timeout: 60_000 },
  );
  if (made.status !== 0) {
    await stop();
    throw new Error(`redis-cli could not make a cluster: ${made.stdout}${made.stderr}`);
  }
  for (const port of ports) {
    await eventually(async () =>
      spawnSync('redis-cli', ['-p', String(port), 'cluster', 'info'], { encoding: 'utf8' }).stdout.includes(
        'cluster_state:ok',
      ),
    );
  }
  return { ports, nodes, stop };
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A server of the system on a port of its own, with a folder that goes with it. */
export interface RealServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** What node:test takes as `skip`: false, or which program is missing. */
export function missing(program: string): string | false {
  return spawnSync('which', [program]).status === 0 ? false : `${program} is not installed`;
}

export async function startRedis(...settings: string[]): Promise<RealServer> {
  return start(async (port, folder) => {
    const basics = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
    return ['redis-server', ...basics, ...settings];
  });
}

export async function startMemcached(...settings: string[]): Promise<RealServer> {
  return start(async (port) => [
    'memcached',
    '-u',
    'nobody',
    '-l',
    '127.0.0.1',
    '-p',
    String(port),
    '-U',
    '0',
    ...settings,
  ]);
}

/** Three masters on loopback that know each other and cover all slots. */
export async function startRedisCluster(): Promise<{ readonly ports: readonly number[]; stop(): Promise<void> }> {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () => {
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
    ['--cluster', 'create', ...ports.map((port) => `127.0.0.1:${port}`), '--cluster-yes'],
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
  return { ports, stop };
}

/** Asks until the answer is true; fails after 20 seconds. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const untilMs = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error('did not come about within 20 s');
    await delay(20);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function start(commandOf: (port: number, folder: string) => Promise<string[]>): Promise<RealServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rangefinder-store-'));
  const port = await freePort();
  const [program = '', ...parameters] = await commandOf(port, folder);
  const child = spawn(program, parameters, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  let running = true;
  void exited.then(() => (running = false));
  await eventually(async () => {
    if (!running) throw new Error(`${program} ended before it listened`);
    return accepts(port);
  });
  return {
    port,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  const opened = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  return opened;
}

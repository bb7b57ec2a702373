import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A server of somebody else's on a port of its own, with a folder that goes with it. */
export interface RealServer {
  readonly port: number;
  stop(): Promise<void>;
}

export interface ServerCommand {
  readonly program: string;
  readonly parameters: readonly string[];
  /** User and group that it runs as; ours where left out. */
  readonly userId?: number;
}

/** Starts what `commandOf` says and waits until it listens. The folder is empty, and removed with the server. */
export async function startRealServer(
  commandOf: (port: number, folder: string) => Promise<ServerCommand>,
): Promise<RealServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rangefinder-store-'));
  const port = await freePort();
  const { program, parameters, userId } = await commandOf(port, folder);
  const child = spawn(program, parameters, {
    stdio: 'ignore',
    ...(userId === undefined ? {} : { uid: userId, gid: userId }),
  });
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

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  const opened = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  return opened;
}

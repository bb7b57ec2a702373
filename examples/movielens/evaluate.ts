/**
 * Measures the `movielens` example through a server, and compares with what train.py measured without one:
 *
 *     npm run example -- examples/movielens/evaluate.ts [--data .cache/movielens] [--url http://localhost:8000]
 *
 * Without --url a server is started in this process. Exit code 1 when a metric differs, or a user could not be ranked.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serverOptions, startServer } from '@rangefinder/server';
import { compared, metricsOf } from './evaluation.ts';
import { RANKER, readExportedData, TOWER } from './exported-data.ts';
import { askServer } from './served-users.ts';

const DEFAULT_DATA = join(import.meta.dirname, '..', '..', '.cache', 'movielens');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { data: { type: 'string', default: DEFAULT_DATA }, url: { type: 'string' } },
  });
  const data = readExportedData(values.data);
  const own = values.url === undefined ? await serve(values.data) : undefined;
  try {
    const served = await askServer(values.url ?? own!.httpUrl, data);
    const found = metricsOf(data.users, served);
    const { differences, usersWithOtherLists } = compared(data.offline, found, data.users, served);
    console.log(`${data.users.length} users asked over HTTP`);
    for (const name of ['auc', 'recallAt50', 'ndcgAt10'] as const) {
      const [server, offline] = [found[name].toFixed(6), data.offline[name].toFixed(6)];
      console.log(`${name.padEnd(12)} ${server} through the server, ${offline} offline`);
    }
    console.log(
      usersWithOtherLists.length === 0
        ? 'the 50 retrieved and the page of 10 are the same films in the same order for every user'
        : `other films or another order than offline for users ${usersWithOtherLists.slice(0, 20).join(', ')}`,
    );
    for (const difference of differences) console.error(`differs: ${difference}`);
    if (differences.length > 0) process.exitCode = 1;
  } finally {
    await own?.close(1_000);
  }
}

function serve(folder: string): ReturnType<typeof startServer> {
  return startServer(
    serverOptions({
      modelRepository: [join(folder, 'models')],
      modelControlMode: 'explicit',
      loadModels: [TOWER, RANKER],
      rankerRepository: join(folder, 'rankers'),
      featureStore: 'memory',
      exitOnError: true,
      httpPort: 0,
      grpc: false,
      metrics: false,
      logLevel: 'error',
    }),
  );
}

try {
  await main();
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : String(thrown));
  process.exitCode = 1;
}

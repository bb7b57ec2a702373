/**
 * Online features over HTTP: 500 entities × 50 features in one request, p50 and p99, from the embedded store and from Redis on
 * loopback, in interleaved rounds. FEAST_URL names a Feast feature server to measure beside them; it must serve a view `bench`
 * with features f0 … f49 for the join key `id` 0 … 499. REDIS_URL names the Redis; left out, redis-server is started.
 *
 *     npm run bench -- feature-reads
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as send, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityModel } from '@rangefinder/testing';
import { benchRepository } from './harness/bench-repository.ts';
import { format, interleave } from './harness/interleave.ts';
import { startBenchServer } from './harness/processes.ts';
import { quantile } from './harness/statistics.ts';
import { machineLine, markdownTable } from './harness/table.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const REQUESTS = Number(process.env['BENCH_REQUESTS'] ?? 200);
const WARM_UP_REQUESTS = 50;
const ENTITIES = 500;
const FEATURES = 50;
const REDIS_PORT = 16_390;

const names = Array.from({ length: FEATURES }, (_, i) => `f${i}`);
const READ = JSON.stringify({
  features: names.map((name) => `bench:${name}`),
  entities: { id: Array.from({ length: ENTITIES }, (_, i) => i) },
});
const PUSH = JSON.stringify({
  push_source_name: 'bench',
  df: {
    id: Array.from({ length: ENTITIES }, (_, i) => i),
    event_timestamp: Array.from({ length: ENTITIES }, () => new Date().toISOString()),
    ...Object.fromEntries(names.map((name, f) => [name, Array.from({ length: ENTITIES }, (_, i) => (i + f) / 7)])),
  },
});
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

await using models = await benchRepository({ 'identity/1/model.onnx': identityModel('FP32', ['batch', 4]) });
const folder = await mkdtemp(join(tmpdir(), 'rangefinder-bench-features-'));
const redis = process.env['REDIS_URL'] === undefined ? await startRedis() : undefined;
const redisUrl = process.env['REDIS_URL'] ?? `redis://127.0.0.1:${REDIS_PORT}`;
const stop: (() => Promise<unknown>)[] = [];
try {
  const features = names.map((name) => ({ name, dataType: 'FP32' }));
  await writeFile(
    join(folder, 'features.yaml'),
    JSON.stringify({ views: [{ name: 'bench', entity: 'id', features }] }),
  );
  const subjects: Record<string, string> = {};
  for (const [name, flags] of Object.entries({
    embedded: ['--feature-store', 'embedded'],
    'redis, no cache': ['--feature-store', redisUrl, '--feature-cache-bytes', '0'],
    'redis, cache': ['--feature-store', redisUrl],
  })) {
    const server = await startBenchServer(models.root, ['--feature-repository', folder, ...flags]);
    stop.push(() => server.stop());
    subjects[name] = `http://127.0.0.1:${server.port}`;
    await post(`${subjects[name]}/push`, PUSH);
  }
  const feast = process.env['FEAST_URL'];
  if (feast !== undefined) subjects['Feast'] = feast;
  for (const url of Object.values(subjects)) await timesOf(url, WARM_UP_REQUESTS);

  const p50 = new Map<string, number[]>();
  const measured = await interleave(
    ROUNDS,
    Object.fromEntries(
      Object.entries(subjects).map(([name, url]) => [
        name,
        async () => {
          const times = await timesOf(url, REQUESTS);
          p50.set(name, [...(p50.get(name) ?? []), quantile(times, 0.5)]);
          return quantile(times, 0.99);
        },
      ]),
    ),
  );
  console.log(`${ENTITIES} entities × ${FEATURES} FP32 features in one HTTP request. ${machineLine()}`);
  console.log(
    `${ROUNDS} interleaved rounds of ${REQUESTS} requests, one after the other; medians of the rounds, ms.\n`,
  );
  const rows = Object.keys(subjects).map((name) => [
    name,
    format(
      quantile(
        (p50.get(name) ?? []).toSorted((a, b) => a - b),
        0.5,
      ),
    ),
    format(measured.median(name)),
    measured.range(name),
    format(measured.ratio(name, 'embedded')),
  ]);
  console.log(markdownTable(['store', 'p50', 'p99', 'p99 of the rounds', 'p99 / embedded'], rows));
} finally {
  await Promise.all(stop.map((one) => one()));
  redis?.kill('SIGKILL');
  agent.destroy();
  await rm(folder, { recursive: true, force: true });
}

/** Milliseconds of each request, ascending. */
async function timesOf(url: string, requests: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < requests; i++) {
    const startMs = performance.now();
    await post(`${url}/get-online-features`, READ);
    times.push(performance.now() - startMs);
  }
  return times.toSorted((a, b) => a - b);
}

async function post(url: string, body: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const request = send(url, { method: 'POST', agent, headers });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode} with ${bytes} bytes`);
}

async function startRedis(): Promise<ChildProcess> {
  const settings = ['--port', String(REDIS_PORT), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of child.stdout) if (String(line).includes('Ready to accept connections')) break;
  child.stdout.resume();
  return child;
}

/**
 * Ranking over gRPC beside ranking over HTTP: the same requests to one server, in turn, from another process.
 *
 *     npm run bench -- grpc-rank
 *
 * `fixed page` is answered without ranking, so it is the front ends alone; `500 candidates` is the whole funnel. CPU is that
 * of the server's process, all threads, which a busy machine and the generator disturb least: a generator that is busy near
 * 100% is what limits the requests a second (the one for HTTP writes bare bytes to a socket, the one for gRPC is node:http2).
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { frameOf, RankRequestSchema } from '@rangefinder/protocol/grpc';
import type { Ranker } from '@rangefinder/ranking';
import { serverOptions, startServer } from '@rangefinder/server';
import { mlpModel } from '@rangefinder/testing';
import { benchRepository } from './harness/bench-repository.ts';
import { format, interleave, type Measured } from './harness/interleave.ts';
import { generateGrpcLoad, generateLoad } from './harness/processes.ts';
import { median } from './harness/statistics.ts';
import { machineLine, markdownTable } from './harness/table.ts';
import { RANKER_INPUTS, rankWorld } from './suites/rank-world.ts';
import type { LoadReport } from './load/load-plan.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const DURATION_MS = Number(process.env['BENCH_DURATION_MS'] ?? 2_000);
const WARMUP_MS = 500;
const UNDER_WAY = 16;
const RANK = '/rangefinder.v1.RankerService/Rank';

type Way = 'http' | 'grpc';

const world = await rankWorld(5_000, mlpModel([RANKER_INPUTS, 512, 256, 1]));
const whole = world.ranker(500);
const page = await whole.rank({ user: 'u1' });
const fixed: Ranker = { name: 'fixed', config: whole.config, rank: () => Promise.resolve(page) };
await using repository = await benchRepository({ 'empty/.keep': '' });
const server = await startServer(
  serverOptions({
    modelRepository: [join(repository.root, 'empty')],
    httpPort: 0,
    grpcPort: 0,
    metrics: false,
    logLevel: 'error',
  }),
  {
    rankers: () =>
      new Map([
        ['fixed', fixed],
        ['whole', whole],
      ]),
  },
);
try {
  const rows: string[][] = [];
  for (const [name, ranker] of [
    ['fixed page', 'fixed'],
    ['500 candidates', 'whole'],
  ] as const) {
    rows.push(await compare(name, ranker));
  }
  console.log(`${machineLine()}; ${ROUNDS} rounds of ${DURATION_MS} ms, ${UNDER_WAY} requests under way\n`);
  const header = ['answer', 'way', 'requests/s', 'p50 ms', 'p99 ms', 'server CPU µs a request', 'generator busy'];
  console.log(
    markdownTable(
      header,
      rows.flatMap((row) => [row.slice(0, 7), row.slice(7, 14)]),
    ),
  );
  console.log(`\ngRPC / HTTP, median of the rounds' ratios: ${rows.map((row) => row[14]).join('; ')}`);
} finally {
  await server.close(0);
  await world.close();
}

/** Two lines of the table, and the ratios. */
async function compare(name: string, ranker: string): Promise<string[]> {
  const exclude = Array.from({ length: 50 }, (_, i) => `i${i}`);
  const httpFile = join(repository.root, `${ranker}.json`);
  const grpcFile = join(repository.root, `${ranker}.bin`);
  await writeFile(httpFile, JSON.stringify({ user: 'u1', exclude }));
  await writeFile(
    grpcFile,
    frameOf(toBinary(RankRequestSchema, create(RankRequestSchema, { ranker, user: 'u1', exclude }))),
  );
  const timing = { warmupMs: WARMUP_MS, durationMs: DURATION_MS };
  const ways: Readonly<Record<Way, () => Promise<LoadReport>>> = {
    http: () =>
      generateLoad({
        ...timing,
        port: server.httpAddress.port,
        path: `/v1/rankers/${ranker}/rank`,
        headers: { 'Content-Type': 'application/json' },
        bodyFile: httpFile,
        load: { kind: 'closed', connections: UNDER_WAY },
      }),
    grpc: () =>
      generateGrpcLoad({
        ...timing,
        port: server.grpcAddress?.port ?? 0,
        path: RANK,
        bodyFile: grpcFile,
        calls: UNDER_WAY,
      }),
  };
  const reports: Record<Way, LoadReport[]> = { http: [], grpc: [] };
  const rate = async (way: Way): Promise<number> => {
    const report = await ways[way]();
    if (report.failures > 0 || report.requests === 0) throw new Error(`${way}: ${JSON.stringify(report)}`);
    reports[way].push(report);
    return report.requestsPerSecond;
  };
  const rates = await interleave(ROUNDS, { http: () => rate('http'), grpc: () => rate('grpc') });
  const cpu = await interleave(ROUNDS, { http: () => cpuOf(ways.http), grpc: () => cpuOf(ways.grpc) });
  const line = (way: Way): string[] => [
    name,
    way === 'http' ? 'HTTP' : 'gRPC',
    format(rates.median(way)),
    format(median(reports[way].map(({ latencyMs }) => latencyMs.p50))),
    format(median(reports[way].map(({ latencyMs }) => latencyMs.p99))),
    format(cpu.median(way)),
    `${Math.round(100 * median(reports[way].map(({ generatorCpuShare }) => generatorCpuShare)))}%`,
  ];
  return [...line('http'), ...line('grpc'), ratios(name, rates, cpu)];
}

/** CPU time of this process, the server's, while it is loaded; per request, those of the warm-up included in proportion. */
async function cpuOf(load: () => Promise<LoadReport>): Promise<number> {
  const before = process.cpuUsage();
  const { requests } = await load();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (requests * ((DURATION_MS + WARMUP_MS) / DURATION_MS));
}

function ratios(name: string, rates: Measured<Way>, cpu: Measured<Way>): string {
  return `${name} ${format(rates.ratio('grpc', 'http'))} of the requests/s, ${format(cpu.ratio('grpc', 'http'))} of the CPU`;
}

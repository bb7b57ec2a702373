/**
 * The ranking funnel end to end in one process, without a socket: vector search, filter, features of a memory store, a heavy
 * ranker on one engine thread, re-ranking.
 *
 *     npm run bench -- rank-funnel
 *
 * Overhead: time of a request, less its own vector search and what its own model runs computed, so that the hops to threads and
 * all copies count as overhead. Limit at 500 candidates: p99 of 3 ms, as the median of the rounds: what the machine's host takes away
 * for a moment lands in one of them. How far the bare model's own p99 lies above its median tells
 * what of that tail is the machine's.
 * Throughput: candidates scored per second of CPU, all threads and garbage collection included, with candidates that the caller
 * brings, against the bare engine on the same model. Both run the same chunks, as large as the model takes, over rows of the
 * same values; the bare engine's lie ready, and each run copies them in and its outputs out, as any server has to.
 * The small model is the hard case: what the funnel costs a candidate weighs most. The larger one has the size of usual rankers.
 */
import type { LoadedModel } from '@rangefinder/engines';
import { mlpModel } from '@rangefinder/testing';
import { format, interleave } from './harness/interleave.ts';
import { median, quantile } from './harness/statistics.ts';
import { machineLine, markdownTable } from './harness/table.ts';
import { loadBare } from './suites/bare-engine.ts';
import { dcnModel } from './suites/dcn-model.ts';
import { CHUNK_ROWS, RANKER_INPUTS, rankWorld, userOf, type RankWorld } from './suites/rank-world.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const requests = Number(process.env['BENCH_REQUESTS'] ?? 200);
const IN_FLIGHT = 4;
const ITEMS = 5_000;
/** Until the code is compiled that is measured. */
const WARM_UP_REQUESTS = 200;
const MODELS = [
  { name: 'MLP 512-256', bytes: mlpModel([RANKER_INPUTS, 512, 256, 1]) },
  { name: 'DCN, deep 1024-1024-512', bytes: dcnModel(RANKER_INPUTS, 3, [1024, 1024, 512]) },
];

const table: string[][] = [];
for (const { name, bytes } of MODELS) {
  const world = await rankWorld(ITEMS, bytes);
  const bare = await loadBare(world.engine, {
    modelPath: world.modelPath,
    input: { name: 'X', shape: [CHUNK_ROWS, RANKER_INPUTS] },
    instances: 1,
    inFlight: 1,
    durationMs: 0,
  });
  try {
    for (const candidates of [500, 2_000]) table.push([name, ...(await measure(world, bare, candidates))]);
  } finally {
    await bare.unload();
    await world.close();
  }
}
process.stdout.write(`${machineLine()}; ${rounds} rounds of ${requests} requests\n\n`);
const header = [
  'model',
  'candidates',
  'request p50 ms',
  'p99 ms',
  'search p50 ms',
  'bare model p50 ms',
  'p99 ms',
  'overhead p50 ms',
  'overhead p99 of a round, median and range ms',
  'CPU µs a row: funnel',
  'bare',
  'rows per CPU s, of bare',
];
process.stdout.write(`${markdownTable(header, table)}\n`);

async function measure(world: RankWorld, model: LoadedModel, candidates: number): Promise<string[]> {
  const ranker = world.ranker(candidates);
  const bare = (): Promise<void> => runBare(model, world.rows, candidates);
  for (let i = 0; i < WARM_UP_REQUESTS; i++) await ranker.rank({ user: userOf(i) });
  const totals: number[] = [];
  const searches: number[] = [];
  const overheads: number[] = [];
  const overheadTails: number[] = [];
  const bareMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const ofRound: number[] = [];
    for (let i = 0; i < requests / 2; i++) bareMs.push(await timed(bare));
    for (let i = 0; i < requests; i++) {
      world.takeSearchMs();
      world.takeComputeMs();
      const totalMs = await timed(async () => {
        const { items, degradations } = await ranker.rank({ user: userOf(i) });
        if (items.length !== 20 || degradations.length > 0)
          throw new Error(`a degraded page: ${JSON.stringify(degradations)}`);
      });
      const searchMs = world.takeSearchMs();
      totals.push(totalMs);
      searches.push(searchMs);
      ofRound.push(totalMs - searchMs - world.takeComputeMs());
    }
    ofRound.sort((a, b) => a - b);
    overheadTails.push(quantile(ofRound, 0.99));
    overheads.push(...ofRound);
  }
  // Candidates of the caller: what vector search costs is not in this figure. Scattered, as good candidates lie.
  const given = Array.from({ length: candidates }, (_, i) => `i${(i * 7_919) % ITEMS}`);
  const funnel = async (i: number): Promise<void> => {
    const { degradations } = await ranker.rank({ user: userOf(i), candidates: given });
    if (degradations.length > 0) throw new Error(`a degraded page: ${JSON.stringify(degradations)}`);
  };
  for (let i = 0; i < WARM_UP_REQUESTS; i++) await funnel(i);
  const perCpuSecond = await interleave(rounds, {
    funnel: () => rowsPerCpuSecond(candidates, funnel),
    bare: () => rowsPerCpuSecond(candidates, bare),
  });
  for (const list of [totals, searches, overheads, bareMs]) list.sort((a, b) => a - b);
  const cpuUs = (name: 'funnel' | 'bare'): string => format(1e6 / perCpuSecond.median(name));
  return [
    String(candidates),
    ...[quantile(totals, 0.5), quantile(totals, 0.99), quantile(searches, 0.5)].map(format),
    ...[quantile(bareMs, 0.5), quantile(bareMs, 0.99)].map(format),
    format(quantile(overheads, 0.5)),
    `${format(median(overheadTails))} (${format(Math.min(...overheadTails))}–${format(Math.max(...overheadTails))})`,
    cpuUs('funnel'),
    cpuUs('bare'),
    `${format(perCpuSecond.median('funnel'))} / ${format(perCpuSecond.median('bare'))} = ${Math.round(perCpuSecond.ratio('funnel', 'bare') * 100)}%`,
  ];
}

async function rowsPerCpuSecond(rows: number, run: (i: number) => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  let next = 0;
  const lanes = Array.from({ length: IN_FLIGHT }, async () => {
    while (next < requests) await run(next++);
  });
  await Promise.all(lanes);
  const { user, system } = process.cpuUsage(before);
  return (requests * rows) / ((user + system) / 1e6);
}

/** Chunk by chunk, one after the other, with the outputs copied out as a server must. */
async function runBare(model: LoadedModel, rows: Float32Array, count: number): Promise<void> {
  for (let from = 0; from < count; from += CHUNK_ROWS) {
    const chunk = Math.min(CHUNK_ROWS, count - from);
    const bytes = new Uint8Array(rows.buffer, from * RANKER_INPUTS * 4, chunk * RANKER_INPUTS * 4);
    const result = await model.run({
      inputs: [
        {
          name: 'X',
          dataType: 'FP32',
          shape: [chunk, RANKER_INPUTS],
          byteLength: bytes.length,
          write: (target) => target.set(bytes),
        },
      ],
      outputs: [],
    }).result;
    for (const output of result.outputs) output.bytes.slice();
    result.release();
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

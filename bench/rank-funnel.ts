/**
 * The ranking funnel end to end in one process, without a socket: vector search, filter, features of a memory store, an MLP
 * as the heavy ranker (1 engine thread), re-ranking.
 *
 *     npm run bench -- rank-funnel
 *
 * Overhead: time of a request, less its vector search and less what the bare engine takes for as many rows in the same
 * chunks. Throughput: candidates scored per second of CPU (all threads), against the bare engine on the same model.
 */
import type { LoadedModel } from '@rangefinder/engines';
import { format, interleave } from './harness/interleave.ts';
import { median, quantile } from './harness/statistics.ts';
import { machineLine, markdownTable } from './harness/table.ts';
import { loadBare } from './suites/bare-engine.ts';
import { RANKER_INPUTS, rankWorld, userOf, type RankWorld } from './suites/rank-world.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const requests = Number(process.env['BENCH_REQUESTS'] ?? 200);
const CHUNK_ROWS = 256;
const IN_FLIGHT = 4;

const world = await rankWorld(5_000);
const bare = await loadBare(world.engine, {
  modelPath: world.modelPath,
  input: { name: 'X', shape: [CHUNK_ROWS, RANKER_INPUTS] },
  instances: 1,
  inFlight: 1,
  durationMs: 0,
});
try {
  const rows: string[][] = [];
  for (const candidates of [500, 2_000]) rows.push(await measure(world, bare, candidates));
  process.stdout.write(`${machineLine()}; ${rounds} rounds of ${requests} requests\n\n`);
  const header = [
    'candidates',
    'request p50 ms',
    'p99 ms',
    'search p50 ms',
    'bare model ms',
    'overhead p50 ms',
    'overhead p99 ms',
    'rows per CPU s, of bare',
  ];
  process.stdout.write(`${markdownTable(header, rows)}\n`);
} finally {
  await bare.unload();
  await world.close();
}

async function measure(world: RankWorld, model: LoadedModel, candidates: number): Promise<string[]> {
  const ranker = world.ranker(candidates);
  for (let i = 0; i < 50; i++) await ranker.rank({ user: userOf(i) });
  const totals: number[] = [];
  const searches: number[] = [];
  const overheads: number[] = [];
  const bareMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const roundBareMs: number[] = [];
    for (let i = 0; i < 20; i++) roundBareMs.push(await timed(() => runBare(model, candidates)));
    bareMs.push(median(roundBareMs));
    for (let i = 0; i < requests; i++) {
      world.takeSearchMs();
      const totalMs = await timed(async () => {
        const { items, degradations } = await ranker.rank({ user: userOf(i) });
        if (items.length !== 20 || degradations.length > 0)
          throw new Error(`a degraded page: ${JSON.stringify(degradations)}`);
      });
      const searchMs = world.takeSearchMs();
      totals.push(totalMs);
      searches.push(searchMs);
      overheads.push(totalMs - searchMs - median(roundBareMs));
    }
  }
  // Candidates of the caller: what vector search costs is not in this figure.
  const given = Array.from({ length: candidates }, (_, i) => `i${i}`);
  const perCpuSecond = await interleave(rounds, {
    funnel: () =>
      rowsPerCpuSecond(candidates, async (i) => void (await ranker.rank({ user: userOf(i), candidates: given }))),
    bare: () => rowsPerCpuSecond(candidates, () => runBare(model, candidates)),
  });
  for (const list of [totals, searches, overheads]) list.sort((a, b) => a - b);
  return [
    String(candidates),
    ...[quantile(totals, 0.5), quantile(totals, 0.99), quantile(searches, 0.5), median(bareMs)].map(format),
    ...[quantile(overheads, 0.5), quantile(overheads, 0.99)].map(format),
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

/** The same rows in the same chunks, one after the other, with the outputs copied out as a server must. */
async function runBare(model: LoadedModel, rows: number): Promise<void> {
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - from);
    const bytes = new Uint8Array(count * RANKER_INPUTS * 4);
    const result = await model.run({
      inputs: [
        {
          name: 'X',
          dataType: 'FP32',
          shape: [count, RANKER_INPUTS],
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

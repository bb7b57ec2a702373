/**
 * A ranker with a heavy user tower, whole and cut in two by `rangefinder split`: latency of a request, and CPU of all threads.
 *
 *     npm run bench -- split-model
 *
 * `row`: the items' part runs unbatched and spreads the user's row by itself, as `rangefinder split` configures it.
 * `rows`: it shares batches with other requests and gets the row once for each candidate.
 */
import { format, interleave } from './harness/interleave.ts';
import { median } from './harness/statistics.ts';
import { machineLine, markdownTable } from './harness/table.ts';
import { splitWorld, userOf, type Serving, type SplitWorld } from './suites/split-world.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7);
const requests = Number(process.env['BENCH_REQUESTS'] ?? 60);
const IN_FLIGHT = 4;
const SERVINGS: readonly Serving[] = ['whole', 'row', 'rows'];

const HEADER = [
  'candidates',
  'model',
  'latency ms',
  'of whole',
  'CPU ms a request',
  'of whole',
  '4 in flight: CPU ms',
  'of whole',
];

process.stdout.write(`${machineLine()}; ${rounds} rounds of ${requests} requests\n`);
for (const crossing of [64, 1024] as const) {
  const world = await splitWorld(2_000, crossing);
  try {
    const rows: string[][] = [];
    for (const candidates of [20, 500, 2_000]) rows.push(...(await measure(world, candidates)));
    const share = Math.round(world.userShare * 100);
    process.stdout.write(
      `\n${crossing} numbers between the parts, the user's with ${share}% of the multiplications\n\n${markdownTable(HEADER, rows)}\n`,
    );
  } finally {
    await world.close();
  }
}

async function measure({ rankers }: SplitWorld, count: number): Promise<string[][]> {
  const candidates = Array.from({ length: count }, (_, i) => `i${i}`);
  const context = { hour: 0.4, weekday: 0.1 };
  const rank = async (serving: Serving, i: number): Promise<number[]> => {
    const { items, degradations } = await rankers[serving].rank({ user: userOf(i), context, candidates });
    if (items.length !== 20 || degradations.length > 0) throw new Error(`degraded: ${JSON.stringify(degradations)}`);
    return items.map(({ score }) => score!);
  };
  for (let i = 0; i < 10; i++) {
    const [whole = [], ...cut] = await Promise.all(SERVINGS.map((serving) => rank(serving, i)));
    if (cut.some((scores) => scores.some((score, place) => Math.abs(score - whole[place]!) > 1e-6)))
      throw new Error('the cut model gives other scores');
  }
  const each = (work: (serving: Serving) => Promise<number>) =>
    interleave(rounds, { whole: () => work('whole'), row: () => work('row'), rows: () => work('rows') });
  const latency = await each(async (serving) => {
    const times: number[] = [];
    for (let i = 0; i < requests; i++) times.push(await timed(() => rank(serving, i)));
    return median(times);
  });
  const cpu = (lanes: number) => each((serving) => cpuMs(lanes, (i) => rank(serving, i)));
  const alone = await cpu(1);
  const together = await cpu(IN_FLIGHT);
  return SERVINGS.map((serving) => [
    String(count),
    serving,
    ...[latency, alone, together].flatMap((measured) => [
      format(measured.median(serving)),
      measured.ratio(serving, 'whole').toFixed(2),
    ]),
  ]);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** CPU of all threads for one request, ms. */
async function cpuMs(lanes: number, run: (i: number) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (next < requests) await run(next++);
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / requests;
}

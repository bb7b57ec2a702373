/**
 * Online features in process: 500 entities × 50 features from the memory store and from LMDB, and how long an event takes
 * to be servable.
 *
 *     node bench/features.ts [--entities 500] [--features 50] [--reads 400] [--rounds 5]
 *
 * Columns: p50 and p99 of a whole read; what share of it is decoding; bytes allocated on the JavaScript heap and in
 * buffers a read. Decoding is timed as a read of the same rows from a store that answers from an array at once.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  compileFeatureDeclarations,
  createFeatureReader,
  createFeatureService,
  type FeatureViewSpec,
  FeatureWriter,
  LmdbRowStore,
  MemoryRowStore,
  type RowStore,
} from '@rangefinder/features';
import { format, interleave } from './harness/interleave.ts';
import { quantile } from './harness/statistics.ts';
import { machineLine, markdownTable } from './harness/table.ts';

const { values } = parseArgs({
  options: {
    entities: { type: 'string', default: '500' },
    features: { type: 'string', default: '50' },
    reads: { type: 'string', default: '400' },
    rounds: { type: 'string', default: '5' },
  },
});
const ENTITIES = Number(values.entities);
const FEATURES = Number(values.features);
const READS = Number(values.reads);
const ROUNDS = Number(values.rounds);
const STORED_ENTITIES = 20 * ENTITIES;

const view: FeatureViewSpec = {
  name: 'film',
  entity: 'item',
  maxAgeMs: 0,
  features: Array.from({ length: FEATURES }, (_, i) => ({
    name: `f${i}`,
    dataType: (['FP32', 'INT64', 'FP32', 'INT32', 'FP64'] as const)[i % 5]!,
    container: undefined,
  })),
};
const features = view.features.map(({ name }) => `film:${name}`);

interface Measured {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly allocatedBytes: number;
}

async function fill(store: RowStore): Promise<void> {
  const writer = new FeatureWriter({ store, view });
  for (let from = 0; from < STORED_ENTITIES; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, STORED_ENTITIES - from) }, (_, i) => ({
      entityId: from + i,
      eventMs: Date.now(),
      values: Object.fromEntries(view.features.map(({ name }, f) => [name, from + i + f])),
    }));
    await writer.push(rows);
  }
}

/** Another 500 entities at each read, spread over all that are stored. */
function idsOf(read: number): string[] {
  return Array.from({ length: ENTITIES }, (_, i) => String((read * 7919 + i * 131) % STORED_ENTITIES));
}

async function measure(store: RowStore): Promise<Measured> {
  const reader = createFeatureReader({ store, views: [view], features });
  const times: number[] = [];
  let allocatedBytes = 0;
  let counted = 0;
  for (let read = 0; read < READS; read++) {
    const ids = idsOf(read);
    const before = process.memoryUsage();
    const startMs = performance.now();
    await reader.read(ids, { nowMs: Date.now(), timeoutMs: 1_000 });
    times.push((performance.now() - startMs) * 1000);
    const after = process.memoryUsage();
    const grown = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
    // Below zero the collector ran in between.
    if (grown > 0) {
      allocatedBytes += grown;
      counted++;
    }
  }
  times.sort((a, b) => a - b);
  return {
    p50Us: quantile(times, 0.5),
    p99Us: quantile(times, 0.99),
    allocatedBytes: allocatedBytes / Math.max(1, counted),
  };
}

/** The same rows without a store: what is left is decoding. */
async function answeringAtOnce(store: RowStore): Promise<RowStore> {
  const answers = new Map<string, Uint8Array | undefined>();
  const keys = Array.from({ length: STORED_ENTITIES }, (_, i) => ({ view: view.name, entityId: String(i) }));
  const rows = await store.readMany(keys, { timeoutMs: Number.POSITIVE_INFINITY });
  for (const [i, row] of rows.entries()) answers.set(String(i), row);
  let read = 0;
  const prepared = Array.from({ length: READS }, (_, i) => idsOf(i).map((id) => answers.get(id)));
  return Object.assign(Object.create(store) as RowStore, { readMany: async () => prepared[read++ % READS]! });
}

/** Push to a read that has it, for one event of one entity at a time. */
async function eventToServable(store: RowStore): Promise<number> {
  const declarations = compileFeatureDeclarations({
    aggregates: [
      { name: 'clicks', entity: 'item', features: [{ name: 'hour', function: 'count', windowMs: 3_600_000 }] },
    ],
  });
  const service = createFeatureService({ store, declarations });
  const times: number[] = [];
  const seen = new Map<number, bigint>();
  for (let event = 0; event < READS * 5; event++) {
    const item = (event * 7919) % STORED_ENTITIES;
    const startMs = performance.now();
    await service.push({ view: 'clicks', rows: [{ entityId: item, eventMs: Date.now(), values: {} }] });
    const { columns } = await service.onlineFeatures({
      features: ['clicks:hour'],
      entities: { item: [item] },
      nowMs: Date.now(),
      timeoutMs: 1_000,
    });
    times.push(performance.now() - startMs);
    const count = new BigInt64Array(columns[0]!.bytes.slice().buffer)[0]!;
    if (count !== (seen.get(item) ?? 0n) + 1n) throw new Error(`event ${event} is not served`);
    seen.set(item, count);
  }
  await service.close();
  times.sort((a, b) => a - b);
  return quantile(times, 0.99);
}

const folder = await mkdtemp(path.join(tmpdir(), 'rangefinder-bench-'));
try {
  const memory = new MemoryRowStore();
  const lmdb = await LmdbRowStore.open({ file: path.join(folder, 'features.lmdb') });
  await fill(memory);
  await fill(lmdb);
  const instant = await answeringAtOnce(memory);
  const stores = { decode: instant, memory, lmdb };
  const last = new Map<string, Measured[]>();
  const run = (name: keyof typeof stores) => async (): Promise<number> => {
    const measured = await measure(stores[name]);
    last.set(name, [...(last.get(name) ?? []), measured]);
    return measured.p50Us;
  };
  await measure(memory);
  const result = await interleave(ROUNDS, { decode: run('decode'), memory: run('memory'), lmdb: run('lmdb') });
  const middle = (name: string, field: keyof Measured): number => {
    const sorted = (last.get(name) ?? []).map((each) => each[field]).sort((a, b) => a - b);
    return quantile(sorted, 0.5);
  };
  const names = ['decode', 'memory', 'lmdb'] as const;
  console.log(
    `${ENTITIES} entities × ${FEATURES} features of ${STORED_ENTITIES}; medians of ${ROUNDS} rounds of ${READS} reads. ${machineLine()}\n`,
  );
  console.log(
    markdownTable(
      ['store', 'p50 µs', 'p99 µs', 'decode share', 'ns a value', 'allocated KiB'],
      names.map((name) => [
        name === 'decode' ? 'decode only' : name,
        format(middle(name, 'p50Us')),
        format(middle(name, 'p99Us')),
        format(result.ratio('decode', name)),
        format((middle(name, 'p50Us') * 1000) / (ENTITIES * FEATURES)),
        format(middle(name, 'allocatedBytes') / 1024),
      ]),
    ),
  );
  console.log(`\nevent to servable, p99: memory ${format(await eventToServable(new MemoryRowStore()))} ms`);
  console.log(`event to servable, p99: lmdb ${format(await eventToServable(lmdb))} ms`);
  await memory.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

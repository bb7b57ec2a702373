import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { seededRandom, type Random } from '@rangefinder/base';
import { openEmbeddedIndex, openEmbeddedSnapshot, type EmbeddedIndex } from '@rangefinder/retrieval';
import { randomVector } from '@rangefinder/testing';

/**
 * Opens a mapped snapshot again and again, searches and changes it, lets it grow, saves over the file it came from, and closes it
 * in the middle of its work: `node mapping-cycles.ts CYCLES SEED`. What it is to show is that the process survives; it prints
 * how many mappings of the file are left at the end.
 */
const cycles = Number(process.argv[2]);
const random = seededRandom(Number(process.argv[3]));
const DIMENSIONS = 24;
const COUNT = 12_000;
const folder = await mkdtemp(path.join(tmpdir(), 'rangefinder-mapping-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'index');
const shape = {
  name: 'soak',
  dimensions: DIMENSIONS,
  metric: 'l2',
  threads: 2,
  buildEffort: 40,
  searchEffort: 40,
} as const;

await writeFirst();
await runCycles();
// Memory is given back by the collector, some of it on other threads.
for (let i = 0; i < 100 && mappingsOf(file) > 0; i++) {
  globalThis.gc?.();
  await setTimeout(20);
}
assert.deepEqual(readdirSync(folder), ['index']);
process.stdout.write(`${mappingsOf(file)}\n`);

async function writeFirst(): Promise<void> {
  const first = await openEmbeddedIndex(shape);
  await first.load({
    ids: Uint32Array.from({ length: COUNT }, (_, i) => i),
    vectors: Float32Array.from({ length: COUNT * DIMENSIONS }, () => random.next()),
  });
  await first.save(file);
  await first.close();
}

async function runCycles(): Promise<void> {
  // Opened ones that go on beside the next.
  let open: EmbeddedIndex[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    const index = await openEmbeddedSnapshot(file, { ...shape, access: 'map' });
    assert.equal(index.snapshotAccess?.access, 'map');
    const work = [searchOften(index, 60), changeOften(index, 4), searchOften(index, 60)];
    if (random.next() < 0.3) work.push(index.save(file));
    open.push(index);
    const ended = Promise.allSettled(work);
    if (random.next() < 0.5) await ended;
    if (open.length > 3 || random.next() < 0.5) {
      // Some of them in the middle of their work.
      const closing = open;
      open = [];
      await Promise.all(closing.map((each) => each.close()));
    }
    // Nothing fails but for the closing.
    for (const end of await ended)
      if (end.status === 'rejected') assert.equal(end.reason.code, 'UNAVAILABLE', end.reason);
    if (cycle % 8 === 0) globalThis.gc?.();
  }
  await Promise.all(open.map((each) => each.close()));
}

async function searchOften(index: EmbeddedIndex, searches: number): Promise<void> {
  for (let i = 0; i < searches; i++) {
    const { ids, scores } = await index.search({ query: randomVector(random, DIMENSIONS), k: 10, filter: undefined });
    assert.equal(ids.length, 10);
    assert.ok(scores.every((score) => Number.isFinite(score)));
  }
}

/** Puts in new and known items and removes some: pages are copied, and the memory grows past the mapped part. */
async function changeOften(index: EmbeddedIndex, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const items = Array.from({ length: 200 }, () => ({ id: idFrom(random), vector: randomVector(random, DIMENSIONS) }));
    await index.upsert(items);
    await index.remove(items.slice(0, 100).map(({ id }) => id));
  }
  // More than a block of slots, now and then.
  if (random.next() < 0.1) {
    const ids = Uint32Array.from({ length: 9000 }, (_, i) => COUNT + i);
    await index.load({ ids, vectors: Float32Array.from({ length: 9000 * DIMENSIONS }, () => random.next()) });
  }
}

function idFrom(numbers: Random): number {
  return numbers.below(2 * COUNT);
}

function mappingsOf(mapped: string): number {
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes(mapped)).length;
}

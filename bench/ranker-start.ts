/**
 * Time from the command to a server that is ready, with a ranker folder of BENCH_ITEMS vectors: a graph that is built, the same
 * read from its snapshot, and an exact index, beside a server without rankers, in interleaved rounds.
 *
 *     npm run bench -- ranker-start
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNpyHeader } from '@rangefinder/tensor';
import { identityModel } from '@rangefinder/testing';
import { benchRepository } from './harness/bench-repository.ts';
import { format, interleave } from './harness/interleave.ts';
import { startBenchServer } from './harness/processes.ts';
import { machineLine, markdownTable } from './harness/table.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const ITEMS = Number(process.env['BENCH_ITEMS'] ?? 20_000);
const DIMENSIONS = 64;

await using models = await benchRepository({ 'identity/1/model.onnx': identityModel('FP32', ['batch', 4]) });
const folder = await mkdtemp(join(tmpdir(), 'rangefinder-bench-rankers-'));
try {
  for (const index of ['embedded', 'exact']) await writeRanker(join(folder, index, 'films'), index);
  const none = (): Promise<number> => readyMs([]);
  const withIndex = (index: string) => (): Promise<number> => readyMs(['--ranker-repository', join(folder, index)]);
  const measured = await interleave(ROUNDS, {
    'no rankers': none,
    'graph is built': async () => {
      await rm(join(folder, 'embedded', 'films', '.cache'), { recursive: true, force: true });
      return withIndex('embedded')();
    },
    'graph from its snapshot': withIndex('embedded'),
    'exact index': withIndex('exact'),
  });
  const names = ['no rankers', 'graph is built', 'graph from its snapshot', 'exact index'] as const;
  console.log(`${ITEMS} items × ${DIMENSIONS} dimensions, medians of ${ROUNDS} rounds. ${machineLine()}\n`);
  console.log(
    markdownTable(
      ['start', 'ms until ready', 'range', 'against no rankers'],
      names.map((name) => [
        name,
        format(measured.median(name)),
        measured.range(name),
        `${format(measured.ratio(name, 'no rankers'))} ×`,
      ]),
    ),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function readyMs(flags: readonly string[]): Promise<number> {
  const startMs = performance.now();
  const server = await startBenchServer(models.root, flags);
  const tookMs = performance.now() - startMs;
  await server.stop();
  return tookMs;
}

async function writeRanker(directory: string, index: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const vectors = Float32Array.from(
    { length: ITEMS * DIMENSIONS },
    (_, i) => Math.sin(i * 12.9898) * Math.cos(i % 7919),
  );
  const rows = Array.from({ length: ITEMS }, (_, i) => JSON.stringify({ id: i, genre: `g${i % 20}`, votes: i % 997 }));
  await writeFile(
    join(directory, 'plot.npy'),
    Buffer.concat([writeNpyHeader('<f4', [ITEMS, DIMENSIONS]), new Uint8Array(vectors.buffer)]),
  );
  await writeFile(join(directory, 'items.jsonl'), rows.join('\n'));
  await writeFile(
    join(directory, 'ranker.yaml'),
    JSON.stringify({
      name: 'films',
      items: {
        file: 'items.jsonl',
        attributes: { genre: 'keyword' },
        popular: { column: 'votes' },
        embeddings: { plot: { file: 'plot.npy', dimensions: DIMENSIONS, index } },
      },
      sources: [{ name: 'popular', kind: 'popular', quota: 100 }],
    }),
  );
}

/**
 * Opening a vector index's snapshot, read and mapped: time to the first answer, and resident memory of a process of its own.
 *
 *     npm run bench -- vector-snapshot                        # 330,000 vectors of 100 dimensions, some 240 MB
 *     npm run bench -- vector-snapshot --items 1000000
 *
 * The file lies in the page cache. The vectors are random and the graph is built with little care: opening does not see it.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { seededRandom } from '@rangefinder/base';
import { openEmbeddedIndex, openEmbeddedSnapshot } from '@rangefinder/retrieval';
import { format } from './harness/interleave.ts';
import { median } from './harness/statistics.ts';
import { machineLine, markdownTable } from './harness/table.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SEARCHES = 500;
const SHAPE = { name: 'bench', dimensions: 100, metric: 'cosine', threads: 1 } as const;
const WAYS = {
  read: { access: 'read' },
  mapped: { access: 'map' },
  'mapped, all verified': { access: 'map', verify: 'all' },
} as const;

const { values: flags } = parseArgs({
  options: { items: { type: 'string', default: '330000' }, open: { type: 'string' }, way: { type: 'string' } },
});

/** What one opening took; memory in MiB, first after one search and then after all of them. */
interface Opening {
  readonly openMs: number;
  readonly firstSearchMs: number;
  readonly anonymousMiB: number;
  readonly fileMiB: number;
  readonly anonymousLaterMiB: number;
  readonly fileLaterMiB: number;
}

if (flags.open === undefined) await compareWays();
else console.log(JSON.stringify(await measureOpening(flags.open, flags.way as keyof typeof WAYS)));

async function compareWays(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rangefinder-bench-'));
  try {
    const file = join(folder, 'index');
    await writeSnapshotOf(Number(flags.items), file);
    const { size } = await stat(file);
    console.log(`A snapshot of ${format(size / 1e6)} MB. ${machineLine()}\n`);
    const openings = Object.fromEntries(Object.keys(WAYS).map((way) => [way, [] as Opening[]]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of Object.keys(WAYS)) {
        const args = [fileURLToPath(import.meta.url), '--open', file, '--way', way];
        const { stdout } = await promisify(execFile)(process.execPath, args);
        openings[way]!.push(JSON.parse(stdout) as Opening);
      }
    }
    const rows = Object.entries(openings).map(([way, all]) => {
      const of = (part: keyof Opening): string => format(median(all.map((opening) => opening[part])));
      const memory = `${of('anonymousMiB')} + ${of('fileMiB')}`;
      return [way, of('openMs'), of('firstSearchMs'), memory, `${of('anonymousLaterMiB')} + ${of('fileLaterMiB')}`];
    });
    const header = ['', 'open, ms', 'first search, ms', 'MiB then, own + shared', `MiB after ${SEARCHES} searches`];
    console.log(markdownTable(header, rows));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeSnapshotOf(items: number, file: string): Promise<void> {
  const random = seededRandom(1);
  const index = await openEmbeddedIndex({ ...SHAPE, threads: 2, buildEffort: 16 });
  await index.load({
    ids: Uint32Array.from({ length: items }, (_, i) => i),
    vectors: Float32Array.from({ length: items * SHAPE.dimensions }, () => random.next() - 0.5),
  });
  await index.save(file);
  await index.close();
}

async function measureOpening(file: string, way: keyof typeof WAYS): Promise<Opening> {
  const random = seededRandom(2);
  const query = (): Float32Array => Float32Array.from({ length: SHAPE.dimensions }, () => random.next() - 0.5);
  const startMs = performance.now();
  const index = await openEmbeddedSnapshot(file, { ...SHAPE, ...WAYS[way] });
  const openedMs = performance.now();
  await index.search({ query: query(), k: 10, filter: undefined });
  const firstSearchMs = performance.now() - openedMs;
  const then = await residentMiB();
  for (let i = 0; i < SEARCHES; i++) await index.search({ query: query(), k: 10, filter: undefined });
  const later = await residentMiB();
  await index.close();
  return {
    openMs: openedMs - startMs,
    firstSearchMs,
    anonymousMiB: then.anonymous,
    fileMiB: then.file,
    anonymousLaterMiB: later.anonymous,
    fileLaterMiB: later.file,
  };
}

/** Of this process: its own pages, and pages of files, which processes share. */
async function residentMiB(): Promise<{ readonly anonymous: number; readonly file: number }> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const of = (field: string): number =>
    Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024;
  return { anonymous: of('RssAnon'), file: of('RssFile') };
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { writeNpyHeader } from '@rangefinder/tensor';
import { serverOptions } from '../../src/options/option-sources.ts';
import { startServer, type RunningServer, type ServerParts } from '../../src/server.ts';
import { RecordingLogger } from '../support/test-server.ts';

/** Path in the repository → content; null leaves a file of the sound one out. */
export type RankerFiles = Readonly<Record<string, string | Uint8Array | null>>;

const RANKER = `
name: films
items:
  file: items.jsonl
  attributes: { genre: keyword, tags: keyword_list, year: int, score: float, out: bool, added: timestamp }
  popular: { column: votes }
  embeddings: { plot: { column: plot, dimensions: 2 } }
sources:
  - { name: near, kind: ann, quota: 10, query: { feature: "taste:vector" } }
  - { name: same, kind: attribute, quota: 10, values: context.genres, parameters: { attribute: genre, order_by: year } }
  - { name: new, kind: recent, quota: 10, parameters: { attribute: added } }
  - { name: named, kind: supplied, quota: 10, values: "taste:picks" }
  - { name: known, kind: popular, quota: 10 }
filters: { where: [{ eq: { out: true } }] }
`;

const FEATURES = `
views:
  - name: taste
    entity: user
    maxAgeMs: 0
    features: [{ name: vector, dataType: FP32, vector: 2 }, { name: picks, dataType: BYTES, list: 4 }]
`;

export function filmRow(i: number, change: Readonly<Record<string, unknown>> = {}): string {
  const row = {
    id: `f${i}`,
    genre: `g${i % 3}`,
    tags: ['a', `t${i % 2}`],
    year: 1990 + i,
    score: i / 2,
    out: true,
    added: `2026-01-${String(i + 1).padStart(2, '0')}`,
    votes: 100 - i,
    plot: [Math.cos(i), Math.sin(i)],
    ...change,
  };
  return JSON.stringify(row);
}

/** A ranker `films` over ten items that has nothing wrong with it. */
export const SOUND: RankerFiles = {
  'films/ranker.yaml': RANKER,
  'films/features.yaml': FEATURES,
  'films/items.jsonl': Array.from({ length: 10 }, (_, i) => filmRow(i)).join('\n'),
};

/** The sound ranker with other files; removed after the test. */
export async function rankerFolder(t: TestContext, change: RankerFiles = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rangefinder-rankers-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  await writeFiles(root, { ...SOUND, ...change });
  return root;
}

export async function writeFiles(root: string, files: RankerFiles): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    if (content === null) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** `ranker.yaml` of the sound ranker with one text in place of another, which must be there. */
export function rankerYaml(from: string | RegExp, to: string): string {
  const changed = RANKER.replace(from, to);
  if (changed === RANKER) throw new Error(`the sound ranker has no ${String(from)}`);
  return changed;
}

/** Rows of the sound ranker, one of them in place of what it was. */
export function itemsWith(line: number, row: string): string {
  const rows = String(SOUND['films/items.jsonl']).split('\n');
  rows[line - 1] = row;
  return rows.join('\n');
}

export function npy(
  descr: string,
  shape: readonly number[],
  data: Float32Array | Float64Array | Uint16Array,
): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([writeNpyHeader(descr, shape), bytes]);
}

export interface RankerServer {
  readonly server: RunningServer;
  readonly logger: RecordingLogger;
  readonly post: (path: string, body: unknown) => Promise<{ readonly status: number; readonly body: unknown }>;
}

/** A server over the repository, with its features in memory, closed after the test. */
export async function rankerServer(
  t: TestContext,
  rankerRepository: string,
  options: Readonly<Record<string, unknown>> = {},
  parts: ServerParts = {},
): Promise<RankerServer> {
  const logger = new RecordingLogger();
  const given = { rankerRepository, featureStore: 'memory', httpPort: 0, grpc: false, metrics: false, ...options };
  const server = await startServer(serverOptions(given), { logger, ...parts });
  t.after(() => server.close(0));
  const post: RankerServer['post'] = async (path, body) => {
    const answer = await fetch(`${server.httpUrl}/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  return { server, logger, post };
}

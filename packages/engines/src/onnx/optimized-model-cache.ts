import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import path from 'node:path';
import type { SessionSettings } from './native/session-options.ts';

/** How the key `location` of a tensor's external data looks in a protobuf: such a model is more than its one file. */
const EXTERNAL_DATA_MARK = Buffer.from('\n\x08location');
const READ_BYTES = 1024 * 1024;

/** The place of one optimised model in a cache folder. */
export interface CacheEntry {
  readonly path: string;
  /** Where to write it first; then `commit`. */
  readonly temporaryPath: string;
}

/**
 * The place for the optimised form of a model: it depends on the model's bytes, all options that shape the graph, the
 * library and the processor. undefined where a stored form is of no use: for models with data in other files (which the
 * key does not cover), and where another execution provider compiles parts of the graph.
 */
export async function cacheEntry(
  folder: string,
  modelPath: string,
  settings: SessionSettings,
  libraryVersion: string,
): Promise<CacheEntry | undefined> {
  if (settings.executionProviders.some(({ name }) => name.toLowerCase() !== 'cpu')) return undefined;
  const hash = createHash('sha256');
  const { optimizationLevel, configuration } = settings;
  const entries = Object.keys(configuration)
    .toSorted()
    .map((key) => [key, configuration[key]]);
  hash.update(JSON.stringify([libraryVersion, arch(), cpus()[0]?.model, optimizationLevel, entries]));
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(modelPath, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    const joined = Buffer.concat([tail, chunk.subarray(0, EXTERNAL_DATA_MARK.length)]);
    if (chunk.includes(EXTERNAL_DATA_MARK) || joined.includes(EXTERNAL_DATA_MARK)) return undefined;
    tail = Buffer.from(chunk.subarray(-EXTERNAL_DATA_MARK.length));
  }
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${hash.digest('hex')}.onnx`);
  return { path: file, temporaryPath: `${file}.${randomUUID()}.tmp` };
}

export async function isCached(entry: CacheEntry): Promise<boolean> {
  return (await fileBytes(entry.path)) > 0;
}

/** Makes what was written at the temporary path the entry, in one step. */
export async function commit(entry: CacheEntry): Promise<void> {
  if ((await fileBytes(entry.temporaryPath)) > 0) await rename(entry.temporaryPath, entry.path);
}

export async function discard(entry: CacheEntry): Promise<void> {
  await rm(entry.temporaryPath, { force: true });
}

/** 0 for a file that is not there. */
export async function fileBytes(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true ? found.size : 0;
}

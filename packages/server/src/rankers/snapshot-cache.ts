import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RangefinderError, type Logger } from '@rangefinder/base';
import { openEmbeddedSnapshot, type EmbeddedIndex, type EmbeddedIndexOptions } from '@rangefinder/retrieval';
import type { VectorRows } from './vector-rows.ts';

/** Raised when the way an index is built changes, so that older snapshots are not taken for what would be built now. */
const BUILD = 1;
/** A hash takes no more than 2 GiB at a time. */
const SLICE_BYTES = 64 * 1024 * 1024;

/**
 * Snapshots of indexes that took their time to build, by what they were built from. A folder that cannot be written, or a
 * snapshot that cannot be read, costs a build and a line in the log, not the start.
 */
export class SnapshotCache {
  readonly #directory: string;
  readonly #logger: Logger;

  constructor(directory: string, logger: Logger) {
    this.#directory = directory;
    this.#logger = logger;
  }

  /** undefined where there is none that fits. */
  async open(key: string, options: EmbeddedIndexOptions): Promise<EmbeddedIndex | undefined> {
    const file = this.#file(options.name, key);
    try {
      return await openEmbeddedSnapshot(file, options);
    } catch (thrown) {
      if (!(thrown instanceof RangefinderError)) throw thrown;
      if (thrown.code !== 'NOT_FOUND') this.#logger.warn({ file, err: thrown }, 'the index is built anew');
      return undefined;
    }
  }

  /** In place of those that this embedding had before. */
  async keep(key: string, index: EmbeddedIndex): Promise<void> {
    const file = this.#file(index.name, key);
    try {
      await mkdir(this.#directory, { recursive: true });
      await index.save(file);
      const own = new RegExp(`^${index.name}-[0-9a-f]{32}\\.index$`);
      const outdated = (await readdir(this.#directory)).filter((name) => own.test(name) && !file.endsWith(name));
      await Promise.all(outdated.map((name) => rm(join(this.#directory, name), { force: true })));
    } catch (thrown) {
      this.#logger.warn({ file, err: thrown }, 'the index could not be kept; the next start builds it again');
    }
  }

  #file(name: string, key: string): string {
    return join(this.#directory, `${name}-${key}.index`);
  }
}

/** The same for the same vectors under the same options, and only then. */
export function snapshotKey({ ids, vectors }: VectorRows, options: EmbeddedIndexOptions): string {
  const { dimensions, metric, storage, linksMax, buildEffort } = options;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([BUILD, dimensions, metric, storage, linksMax, buildEffort, ids.length]));
  for (const { buffer, byteOffset, byteLength } of [ids, vectors]) {
    for (let at = 0; at < byteLength; at += SLICE_BYTES)
      hash.update(new Uint8Array(buffer as ArrayBuffer, byteOffset + at, Math.min(SLICE_BYTES, byteLength - at)));
  }
  return hash.digest('hex').slice(0, 32);
}

import { Worker } from 'node:worker_threads';
import { RangefinderError } from '@rangefinder/base';
import { hashFiles, type HashedFile, type HashResult } from './file-hash.ts';
import type { TreeFile } from './file-tree.ts';

/** Up to here hashing takes a few milliseconds altogether, less than a thread takes to start. */
const INLINE_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Makes the checksums of versions. Large ones are hashed in a thread, because SHA-256 keeps a core busy for as long as it
 * reads; the thread starts with the first of them and stays, since starting one disturbs what is served more than hashing does.
 */
export class Checksums {
  #thread: Worker | undefined;
  /** Who waits for the thread, in its order. */
  readonly #waiting: ((result: HashResult) => void)[] = [];

  /**
   * The checksum of a version's files, in the order of their paths. People can repeat it:
   * `cd 1 && find -L * -type f | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum` (where no folder inside is hidden).
   * Throws MODEL_INVALID for a file that cannot be read.
   */
  async of(files: readonly TreeFile[]): Promise<string> {
    const hashed = files.map(({ path, absolutePath }) => ({ path, absolutePath }));
    const bytes = files.reduce((sum, { stats }) => sum + Number(stats.size), 0);
    const result = bytes <= INLINE_BYTES_MAX ? await hashFiles(hashed) : await this.#inThread(hashed);
    if ('checksum' in result) return result.checksum;
    throw new RangefinderError('MODEL_INVALID', `${result.failedPath}: cannot be read: ${result.message}`);
  }

  /** Ends the thread; what it was at fails. A later checksum starts another. */
  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #inThread(files: readonly HashedFile[]): Promise<HashResult> {
    const thread = (this.#thread ??= this.#start());
    thread.ref();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      thread.postMessage(files);
    });
  }

  #start(): Worker {
    const thread = new Worker(new URL('./hash-thread.ts', import.meta.url), { name: 'checksum', execArgv: [] });
    let problem = 'the hashing thread was ended';
    thread.on('message', (result: HashResult) => {
      this.#waiting.shift()?.(result);
      // Idle, it keeps no process alive.
      if (this.#waiting.length === 0) thread.unref();
    });
    thread.on('error', (error) => {
      problem = `the hashing thread died: ${String(error)}`;
    });
    thread.on('exit', () => {
      this.#thread = undefined;
      const failure = { failedPath: 'checksum', code: 'ERR_WORKER', message: problem };
      for (const resolve of this.#waiting.splice(0)) resolve(failure);
    });
    return thread;
  }
}

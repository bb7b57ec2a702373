import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { RangefinderError } from '@rangefinder/base';
import { hashFiles, type HashedFile, type HashResult } from './file-hash.ts';
import type { TreeFile } from './file-tree.ts';

/** Up to here hashing takes a few milliseconds altogether, less than a thread takes to start. */
const INLINE_BYTES_MAX = 8 * 1024 * 1024;

/**
 * The checksum of a version's files, in the order of their paths. People can repeat it:
 * `cd 1 && find -L * -type f | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum` (where no folder inside is hidden).
 * Large ones are hashed in a thread of their own, because SHA-256 keeps a core busy for as long as it reads. Throws
 * MODEL_INVALID for a file that cannot be read.
 */
export async function checksumOf(files: readonly TreeFile[]): Promise<string> {
  const hashed = files.map(({ path, absolutePath }) => ({ path, absolutePath }));
  const bytes = files.reduce((sum, { stats }) => sum + Number(stats.size), 0);
  const result = bytes <= INLINE_BYTES_MAX ? await hashFiles(hashed) : await hashInThread(hashed);
  if ('checksum' in result) return result.checksum;
  throw new RangefinderError('MODEL_INVALID', `${result.failedPath}: cannot be read: ${result.message}`);
}

async function hashInThread(files: readonly HashedFile[]): Promise<HashResult> {
  const thread = new Worker(new URL('./hash-thread.ts', import.meta.url), { workerData: files, name: 'checksum' });
  const [result] = (await once(thread, 'message')) as [HashResult];
  return result;
}

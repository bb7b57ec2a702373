import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { hashFiles, type HashedFile } from './file-hash.ts';

/**
 * The entry of the hashing thread: lists of files in, one result out for each, in their order. It gives way to what serves; on
 * Linux a priority is a thread's own, elsewhere it would be the whole process's.
 */
const NICE = 15;
if (process.platform === 'linux') setPriority(NICE);
let last: Promise<unknown> = Promise.resolve();
parentPort?.on('message', (files: readonly HashedFile[]) => {
  last = last.then(async () => parentPort?.postMessage(await hashFiles(files)));
});

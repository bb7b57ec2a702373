import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { hashFiles, type HashedFile } from './file-hash.ts';

/**
 * The entry of the hashing thread: one list of files in, one result out, and it ends. It gives way to what serves; on Linux a
 * priority is a thread's own, elsewhere it would be the whole process's.
 */
const NICE = 15;
if (process.platform === 'linux') setPriority(NICE);
const result = await hashFiles(workerData as readonly HashedFile[]);
parentPort?.postMessage(result);

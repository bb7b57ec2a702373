import { parentPort, workerData } from 'node:worker_threads';
import { hashFiles, type HashedFile } from './file-hash.ts';

/** The entry of the hashing thread: one list of files in, one result out, and it ends. */
const result = await hashFiles(workerData as readonly HashedFile[]);
parentPort?.postMessage(result);

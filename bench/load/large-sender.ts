/**
 * A client of large requests, one after the other, in a thread that gives way to all that is measured: it stands for a client
 * on a machine of its own, and must not take the server's cores. Posts how long each request took, in ms.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';

export interface LargeSending {
  readonly url: string;
  readonly body: Uint8Array;
  readonly durationMs: number;
  /** Of the answer; a shorter one is a failure. */
  readonly leastBytes: number;
}

const NICE = 10;
if (process.platform === 'linux') setPriority(NICE);
const { url, body, durationMs, leastBytes } = workerData as LargeSending;
const untilMs = performance.now() + durationMs;
const tookMs: number[] = [];
while (performance.now() < untilMs) {
  const startMs = performance.now();
  const response = await fetch(url, { method: 'POST', body: body as Uint8Array<ArrayBuffer> });
  const answer = await response.arrayBuffer();
  if (!response.ok || answer.byteLength < leastBytes) throw new Error(`the large request: ${response.status}`);
  tookMs.push(performance.now() - startMs);
}
parentPort?.postMessage(tookMs);

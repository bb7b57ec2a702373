/**
 * What other requests notice of a 16 MB JSON tensor: the latency of small requests at a steady rate while one client after
 * the other sends the large one and reads it back as JSON, beside the same without it. Limit: 50 ms at worst.
 *
 *     npm run bench -- json-stall
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { mlpModel, identityModel } from '@rangefinder/testing';
import { benchRepository } from './harness/bench-repository.ts';
import { binaryInferBody } from './harness/infer-body.ts';
import { format, interleave } from './harness/interleave.ts';
import { generateLoad, startBenchServer } from './harness/processes.ts';
import { machineLine } from './harness/table.ts';
import type { LargeSending } from './load/large-sender.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const LIMIT_MS = 50;
const BODY_BYTES = 16 * 1024 * 1024;
const DURATION_MS = 8_000;

await using repository = await benchRepository({
  'small/1/model.onnx': mlpModel([64, 64, 1]),
  'large/1/model.onnx': identityModel('FP32', ['n']),
  'large/model.yaml': 'max_batch_size: 0\n',
});
const small = await binaryInferBody(repository.root, 'small', { name: 'X', shape: [1, 64] });
const large = largeJson();
const server = await startBenchServer(repository.root);
const sent: number[] = [];
const loopMs: number[] = [];
try {
  const worst = { alone: [] as number[], beside: [] as number[] };
  const measured = await interleave(ROUNDS, {
    alone: () => p99Of(worst.alone, async () => {}),
    beside: async () => {
      const p99Ms = await p99Of(worst.beside, sendLarge);
      loopMs.push(await serverLoopMs());
      return p99Ms;
    },
  });
  const worstMs = Math.max(...worst.beside);
  console.log(`Small requests beside JSON tensors of ${(large.length / 2 ** 20).toFixed(1)} MiB. ${machineLine()}`);
  console.log(`p99 alone ${format(measured.median('alone'))} ms, beside ${format(measured.median('beside'))} ms`);
  console.log(`worst alone ${worst.alone.map(format).join(', ')} ms; beside ${worst.beside.map(format).join(', ')} ms`);
  console.log(
    `${sent.length} large requests, median ${format(sent.toSorted((a, b) => a - b)[sent.length >> 1] ?? 0)} ms each`,
  );
  console.log(`the server's event loop beside them: at worst ${loopMs.map(format).join(', ')} ms late`);
  console.log(`worst ${format(worstMs)} ms, limit ${LIMIT_MS} ms: ${worstMs <= LIMIT_MS ? 'kept' : 'MISSED'}`);
  process.exitCode = worstMs <= LIMIT_MS ? 0 : 1;
} finally {
  await server.stop();
}

async function p99Of(worst: number[], beside: (durationMs: number) => Promise<void>): Promise<number> {
  const load = generateLoad({
    ...small,
    port: server.port,
    load: { kind: 'open', requestsPerSecond: 200, connections: 16 },
    warmupMs: 1000,
    durationMs: DURATION_MS,
  });
  const [report] = await Promise.all([load, beside(DURATION_MS)]);
  if (report.failures > 0) throw new Error(`${report.failures} small requests failed`);
  worst.push(report.latencyMs.max);
  return report.latencyMs.p99;
}

/** How late the server's event loop came at worst in its last ten seconds. */
async function serverLoopMs(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/overview`);
  const { process } = (await response.json()) as { process: { eventLoopDelayMs: { max: number } } };
  return process.eventLoopDelayMs.max;
}

async function sendLarge(durationMs: number): Promise<void> {
  const url = `http://127.0.0.1:${server.port}/v2/models/large/infer`;
  const workerData: LargeSending = { url, body: large, durationMs, leastBytes: BODY_BYTES / 2 };
  const sender = new Worker(new URL('./load/large-sender.ts', import.meta.url), { workerData });
  const [tookMs] = (await once(sender, 'message')) as [number[]];
  sent.push(...tookMs);
}

/** Random FP32 numbers as JSON, until the body is as long as it should be. */
function largeJson(): Uint8Array {
  const numbers: string[] = [];
  for (let length = 0; length < BODY_BYTES;) {
    const text = String(Math.fround(Math.random()));
    numbers.push(text);
    length += text.length + 1;
  }
  const head = `{"inputs":[{"name":"X","datatype":"FP32","shape":[${numbers.length}],"data":[`;
  return Buffer.from(`${head}${numbers.join(',')}]}]}`);
}

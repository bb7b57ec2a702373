/**
 * p99 of one model under steady open-loop load, without and with another model of 100 MB being loaded and swapped 20 times
 * beside it; rounds interleaved. Limits: ratio ≤ 1.3, and not one request fails.
 *
 *     npm run bench -- swap-under-load
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { largeModel, mlpModel } from '@rangefinder/testing';
import { benchRepository } from './harness/bench-repository.ts';
import { binaryInferBody } from './harness/infer-body.ts';
import { format, interleave } from './harness/interleave.ts';
import { generateLoad, startBenchServer } from './harness/processes.ts';
import { machineLine } from './harness/table.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SWAPS = 20;
const LIMIT = 1.3;
const REQUESTS_PER_SECOND = Number(process.env['BENCH_RATE'] ?? 300);

await using repository = await benchRepository({
  'steady/1/model.onnx': mlpModel([256, 512, 256, 128, 1]),
  'large/1/model.onnx': largeModel(100),
});
const body = await binaryInferBody(repository.root, 'steady', { name: 'X', shape: [8, 256] });
const server = await startBenchServer(repository.root, ['--model-control-mode', 'explicit', '--load-model', '*']);
const base = `http://127.0.0.1:${server.port}`;
const failures: number[] = [];
const swapMs: number[] = [];
try {
  const measured = await interleave(ROUNDS, {
    alone: async () => p99Of(12_000, async () => {}),
    swapping: async () => p99Of(12_000, swapAll),
  });
  const ratio = measured.ratio('swapping', 'alone');
  const failed = failures.reduce((a, b) => a + b, 0);
  const kept = ratio <= LIMIT && failed === 0;
  console.log(
    `p99 of a model at ${REQUESTS_PER_SECOND} requests/s while a 100 MB model is swapped ${SWAPS} times. ${machineLine()}`,
  );
  console.log(`alone ${format(measured.median('alone'))} ms (${measured.range('alone')})`);
  console.log(`swapping ${format(measured.median('swapping'))} ms (${measured.range('swapping')})`);
  console.log(`a swap takes ${format(swapMs.toSorted((a, b) => a - b)[swapMs.length >> 1] ?? 0)} ms (median)`);
  console.log(
    `ratio ${ratio.toFixed(2)}, failed requests ${failed}; limits ${LIMIT} and 0: ${kept ? 'kept' : 'MISSED'}`,
  );
  process.exitCode = kept ? 0 : 1;
} finally {
  await server.stop();
}

async function p99Of(durationMs: number, beside: (untilMs: number) => Promise<void>): Promise<number> {
  const load = generateLoad({
    ...body,
    port: server.port,
    load: { kind: 'open', requestsPerSecond: REQUESTS_PER_SECOND, connections: 32 },
    warmupMs: 1000,
    durationMs,
  });
  const [report] = await Promise.all([load, beside(performance.now() + durationMs)]);
  failures.push(report.failures);
  return report.latencyMs.p99;
}

/** Each swap is of changed files, so that nothing is skipped, spread over the time that is measured. */
async function swapAll(untilMs: number): Promise<void> {
  const stepMs = (untilMs - performance.now()) / SWAPS;
  for (let swap = 0; swap < SWAPS; swap++) {
    const startMs = performance.now();
    await writeFile(join(repository.root, 'large', '1', 'touched.txt'), String(startMs));
    const response = await fetch(`${base}/v2/repository/models/large/load`, { method: 'POST', body: '{}' });
    if (!response.ok) throw new Error(`swap ${swap}: ${response.status} ${await response.text()}`);
    swapMs.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startMs + stepMs - performance.now())));
  }
}

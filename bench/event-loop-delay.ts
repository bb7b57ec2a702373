/**
 * How long the server's event loop is held up while four clients send requests of 2,048 rows each, as its own metric tells.
 * Limit: p99 ≤ 5 ms.
 *
 *     npm run bench -- event-loop-delay
 */
import { mlpModel } from '@rangefinder/testing';
import { benchRepository } from './harness/bench-repository.ts';
import { binaryInferBody } from './harness/infer-body.ts';
import { format } from './harness/interleave.ts';
import { generateLoad, startBenchServer } from './harness/processes.ts';
import { median } from './harness/statistics.ts';
import { machineLine, markdownTable } from './harness/table.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const LIMIT_MS = 5;
const ROWS = 2048;

await using repository = await benchRepository({ 'mlp/1/model.onnx': mlpModel([256, 512, 256, 128, 1]) });
const body = await binaryInferBody(repository.root, 'mlp', { name: 'X', shape: [ROWS, 256] });
const server = await startBenchServer(repository.root);
const delays: { p50: number; p99: number; max: number }[] = [];
const throughput: number[] = [];
try {
  for (let round = 0; round < ROUNDS; round++) {
    // The overview looks back ten seconds: after twelve it has seen nothing but this load.
    const load = generateLoad({
      ...body,
      port: server.port,
      load: { kind: 'closed', connections: 4 },
      warmupMs: 1000,
      durationMs: 12_000,
    });
    await new Promise((resolve) => setTimeout(resolve, 12_500));
    const overview = (await (await fetch(`http://127.0.0.1:${server.port}/api/v1/overview`)).json()) as {
      process: { eventLoopDelayMs: { p50: number; p99: number; max: number } };
    };
    delays.push(overview.process.eventLoopDelayMs);
    const report = await load;
    if (report.failures > 0) throw new Error(`${report.failures} requests failed`);
    throughput.push(report.requestsPerSecond * ROWS);
  }
} finally {
  await server.stop();
}
const p99 = median(delays.map((delay) => delay.p99));
console.log(`Event-loop delay with 4 concurrent requests of ${ROWS} rows × 256 FP32. ${machineLine()}\n`);
console.log(
  markdownTable(
    ['round', 'p50 ms', 'p99 ms', 'max ms', 'predictions/s'],
    delays.map((delay, i) => [
      String(i + 1),
      format(delay.p50),
      format(delay.p99),
      format(delay.max),
      format(throughput[i] ?? 0),
    ]),
  ),
);
console.log(`\nmedian p99: ${format(p99)} ms, limit ${LIMIT_MS} ms: ${p99 <= LIMIT_MS ? 'kept' : 'MISSED'}`);
process.exitCode = p99 <= LIMIT_MS ? 0 : 1;

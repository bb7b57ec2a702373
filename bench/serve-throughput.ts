/**
 * Predictions per second through HTTP against the bare engine in process, interleaved. The load generator, the server and
 * the engine share this machine's cores, and the bare engine has them all for itself: the ratio is the whole price of
 * serving on one machine, sockets and client included.
 *
 *     npm run bench -- serve-throughput
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OnnxEngine, availableCores } from '@rangefinder/engines';
import { identityModel, mlpModel } from '@rangefinder/testing';
import { benchRepository } from './harness/bench-repository.ts';
import { binaryInferBody } from './harness/infer-body.ts';
import { format, interleave } from './harness/interleave.ts';
import { generateLoad, startBenchServer } from './harness/processes.ts';
import { machineLine, markdownTable } from './harness/table.ts';
import { bareRunsPerSecond, loadBare } from './suites/bare-engine.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const DURATION_MS = Number(process.env['BENCH_DURATION_MS'] ?? 2000);
const CONNECTIONS = 16;
const DIGITS = fileURLToPath(new URL('../examples/models/digits/1/model.onnx', import.meta.url));

const SUBJECTS = [
  { model: 'identity', input: 'X', shape: [64] },
  { model: 'digits', input: 'image', shape: [1, 28, 28] },
  { model: 'mlp', input: 'X', shape: [256] },
] as const;

await using repository = await benchRepository({
  'identity/1/model.onnx': identityModel('FP32', ['batch', 64]),
  'digits/1/model.onnx': await readFile(DIGITS),
  'mlp/1/model.onnx': mlpModel([256, 512, 256, 128, 1]),
});
const server = await startBenchServer(repository.root);
const engine = new OnnxEngine({});
const rows: string[][] = [];
try {
  for (const { model, input, shape } of SUBJECTS) {
    for (const batch of [1, 16, 64]) rows.push(await measure(model, input, [batch, ...shape]));
  }
} finally {
  await engine.close();
  await server.stop();
}
console.log(`Served throughput against the bare engine. ${machineLine()}`);
console.log(
  `${ROUNDS} interleaved rounds of ${DURATION_MS} ms, ${CONNECTIONS} connections, binary tensors; medians.\n`,
);
console.log(
  markdownTable(
    [
      'model',
      'rows a request',
      'served predictions/s',
      'bare engine predictions/s',
      'served / bare',
      'served p99 ms',
      'generator CPU',
    ],
    rows,
  ),
);

async function measure(model: string, input: string, shape: readonly number[]): Promise<string[]> {
  const batch = shape[0] ?? 1;
  const run = {
    modelPath: join(repository.root, model, '1', 'model.onnx'),
    input: { name: input, shape },
    instances: availableCores(),
    inFlight: availableCores() * 2,
    durationMs: DURATION_MS,
  };
  const loaded = await loadBare(engine, run);
  const body = await binaryInferBody(repository.root, model, { name: input, shape });
  const p99: number[] = [];
  const generatorShare: number[] = [];
  const measured = await interleave(ROUNDS, {
    served: async () => {
      const report = await generateLoad({
        ...body,
        port: server.port,
        load: { kind: 'closed', connections: CONNECTIONS },
        warmupMs: 300,
        durationMs: DURATION_MS,
      });
      if (report.failures > 0) throw new Error(`${report.failures} requests to ${model} failed`);
      p99.push(report.latencyMs.p99);
      generatorShare.push(report.generatorCpuShare);
      return report.requestsPerSecond * batch;
    },
    bare: async () => (await bareRunsPerSecond(loaded, run)) * batch,
  });
  await loaded.unload();
  const middle = (values: number[]): string => format(values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0);
  return [
    model,
    String(batch),
    format(measured.median('served')),
    format(measured.median('bare')),
    measured.ratio('served', 'bare').toFixed(2),
    middle(p99),
    middle(generatorShare),
  ];
}

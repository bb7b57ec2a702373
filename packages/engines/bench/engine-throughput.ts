/* oxlint-disable no-console -- a bench prints its table */
/**
 * Runs per second of the ONNX engine for a small MLP (64-256-1), on the calling thread and on an engine thread with
 * several runs in flight. The ways take turns within each round, so that a noisy machine is unfair to none of them; the
 * table shows medians over the rounds, and the ratio of each way to the first one, taken within rounds.
 *
 *     node packages/engines/bench/engine-throughput.ts [--rounds 7] [--seconds 0.5]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type EngineOptions, type LoadedModel, OnnxEngine, type RunRequest } from '@rangefinder/engines';
import { mlpModel } from '@rangefinder/testing';

interface Way {
  readonly name: string;
  readonly model: LoadedModel;
  readonly inFlight: number;
}

interface Sample {
  readonly runsPerSecond: number;
  readonly cpuUsPerRun: number;
  /** Share of the time that the main thread computes. */
  readonly mainBusy: number;
}

const COLUMNS = 64;
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, seconds: { type: 'string', default: '0.5' } },
});

const folder = await mkdtemp(path.join(tmpdir(), 'engine-throughput-'));
const engine = new OnnxEngine();
try {
  const modelPath = path.join(folder, 'mlp.onnx');
  await writeFile(modelPath, mlpModel([COLUMNS, 256, 1]));
  const inline = await engine.load({ ...identity('inline', modelPath), options: options({ execution: 'inline' }) });
  const threaded = await engine.load({ ...identity('thread', modelPath), options: options({}) });
  const ways: Way[] = [
    { name: 'inline', model: inline, inFlight: 1 },
    ...[1, 4, 8, 32].map((inFlight) => ({ name: `thread, ${inFlight} in flight`, model: threaded, inFlight })),
  ];
  for (const rows of [1, 64]) await compare(ways, rows);
} finally {
  await engine.close();
  await rm(folder, { recursive: true });
}

async function compare(ways: readonly Way[], rows: number): Promise<void> {
  const results = ways.map((way) => ({ way, samples: new Array<Sample>() }));
  for (const { way } of results) await measure(way, rows, 0.3);
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const { way, samples } of results) samples.push(await measure(way, rows, Number(values.seconds)));
  }
  const baseline = results[0]?.samples ?? [];
  console.log(`\nbatch ${rows}, medians of ${values.rounds} rounds`);
  console.table(
    Object.fromEntries(
      results.map(({ way, samples }) => {
        const ratios = samples.map(
          ({ runsPerSecond }, round) => runsPerSecond / (baseline[round]?.runsPerSecond ?? NaN),
        );
        const row = {
          'runs/s': Math.round(median(samples.map((sample) => sample.runsPerSecond))),
          'ratio to inline': median(ratios).toFixed(2),
          'CPU µs/run': median(samples.map((sample) => sample.cpuUsPerRun)).toFixed(1),
          'main thread busy': `${Math.round(100 * median(samples.map((sample) => sample.mainBusy)))}%`,
        };
        return [way.name, row];
      }),
    ),
  );
}

async function measure(way: Way, rows: number, seconds: number): Promise<Sample> {
  const request = mlpRequest(rows);
  const cpuBefore = process.cpuUsage();
  const mainBefore = process.threadCpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  let runs = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < end) {
      const result = await way.model.run(request).result;
      result.release();
      runs += 1;
    }
  };
  await Promise.all(Array.from({ length: way.inFlight }, loop));
  const elapsedUs = (performance.now() - start) * 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const main = process.threadCpuUsage(mainBefore);
  return {
    runsPerSecond: (runs / elapsedUs) * 1e6,
    cpuUsPerRun: (cpu.user + cpu.system) / runs,
    mainBusy: (main.user + main.system) / elapsedUs,
  };
}

function mlpRequest(rows: number): RunRequest {
  const bytes = new Uint8Array(new Float32Array(rows * COLUMNS).fill(0.5).buffer);
  const shape = [rows, COLUMNS];
  const write = (target: Uint8Array): void => target.set(bytes);
  return { inputs: [{ name: 'X', dataType: 'FP32', shape, byteLength: bytes.length, write }], outputs: [] };
}

function identity(
  modelName: string,
  modelPath: string,
): { modelName: string; modelVersion: string; modelPath: string; instances: number } {
  return { modelName, modelVersion: '1', modelPath, instances: 1 };
}

function options(extra: Readonly<Record<string, string>>): EngineOptions {
  return {
    intraOpThreads: 1,
    interOpThreads: 1,
    graphOptimizationLevel: 'all',
    executionProviders: [],
    memoryArena: true,
    optimizedModelCacheDir: undefined,
    extra,
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b).at(numbers.length >> 1) ?? NaN;
}

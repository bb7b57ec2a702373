import type { Engine, LoadedModel } from '@rangefinder/engines';

export interface BareRun {
  readonly modelPath: string;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly instances: number;
  readonly inFlight: number;
  readonly durationMs: number;
}

/** Runs a second of the engine alone, in this process, without a server, a scheduler or a socket. Returns runs per second. */
export async function bareRunsPerSecond(model: LoadedModel, run: BareRun): Promise<number> {
  const values = Float32Array.from({ length: run.input.shape.reduce((a, b) => a * b, 1) }, () => Math.random());
  const bytes = new Uint8Array(values.buffer);
  const request = {
    inputs: [
      {
        name: run.input.name,
        dataType: 'FP32' as const,
        shape: run.input.shape,
        byteLength: bytes.byteLength,
        write: (target: Uint8Array) => target.set(bytes),
      },
    ],
    outputs: [],
  };
  const untilMs = performance.now() + run.durationMs;
  let runs = 0;
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: run.inFlight }, async () => {
      while (performance.now() < untilMs) {
        const result = await model.run(request).result;
        // A server has to copy the outputs out too.
        for (const output of result.outputs) output.bytes.slice();
        result.release();
        runs += 1;
      }
    }),
  );
  return (runs / (performance.now() - startMs)) * 1000;
}

export async function loadBare(engine: Engine, run: BareRun): Promise<LoadedModel> {
  return engine.load({
    modelName: 'bare',
    modelVersion: '1',
    modelPath: run.modelPath,
    instances: run.instances,
    options: {
      intraOpThreads: 1,
      interOpThreads: 1,
      graphOptimizationLevel: 'all',
      executionProviders: [],
      memoryArena: true,
      optimizedModelCacheDir: undefined,
      extra: {},
    },
  });
}

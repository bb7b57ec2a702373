import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EngineOptions, LoadedModel, OnnxEngine, RunOutput } from '@rangefinder/engines';
import type { DataType, Shape } from '@rangefinder/tensor';
import { DEFAULT_ENGINE_OPTIONS, inputOf, loadRequest } from '@rangefinder/testing';

export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rangefinder-onnx-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the model, loads it, and unloads it afterwards. */
export function withOnnxModel<T>(
  engine: OnnxEngine,
  bytes: Uint8Array,
  use: (model: LoadedModel) => Promise<T>,
  options: Partial<EngineOptions> = {},
): Promise<T> {
  return withFolder(async (folder) => {
    const modelPath = path.join(folder, 'model.onnx');
    await writeFile(modelPath, bytes);
    const model = await engine.load(loadRequest(modelPath, { options: { ...DEFAULT_ENGINE_OPTIONS, ...options } }));
    try {
      return await use(model);
    } finally {
      await model.unload();
    }
  });
}

export type GivenTensor = readonly [name: string, dataType: DataType, shape: Shape, bytes: Uint8Array];

/** Runs once and gives copies of the outputs. */
export async function runOnce(
  model: LoadedModel,
  inputs: readonly GivenTensor[],
  outputs: readonly string[] = [],
): Promise<RunOutput[]> {
  const result = await model.run({ inputs: inputs.map((input) => inputOf(...input)), outputs }).result;
  const copies = result.outputs.map((output) => ({ ...output, bytes: Uint8Array.from(output.bytes) }));
  result.release();
  return copies;
}

export function fp32(...values: readonly number[]): Uint8Array {
  return new Uint8Array(new Float32Array(values).buffer);
}

export function int64(...values: readonly number[]): Uint8Array {
  return new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer);
}

export function fp32Values(output: RunOutput | undefined): number[] {
  return output === undefined ? [] : [...new Float32Array(Uint8Array.from(output.bytes).buffer)];
}

/** BYTES elements. */
export function strings(...values: readonly string[]): Uint8Array {
  const parts = values.flatMap((value) => {
    const text = new TextEncoder().encode(value);
    return [new Uint8Array(new Uint32Array([text.length]).buffer), text];
  });
  return new Uint8Array(Buffer.concat(parts));
}

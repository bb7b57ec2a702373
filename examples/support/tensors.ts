import { parseArgs } from 'node:util';
import type { Tensor } from '@rangefinder/tensor';

export function float32Tensor(name: string, shape: readonly number[], values: Float32Array): Tensor {
  return { name, dataType: 'FP32', shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

export function int64Tensor(name: string, shape: readonly number[], values: readonly number[]): Tensor {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, dataType: 'INT64', shape, bytes };
}

/** The elements of an FP32 tensor, copied to where a typed array may start. */
export function float32Of({ bytes }: Tensor): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** `[FILE] [--url URL]`, as the example programs take them. */
export function readArguments(defaultFile: string): { readonly file: string; readonly url: string } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { url: { type: 'string', default: 'http://localhost:8000' } },
  });
  return { file: positionals[0] ?? defaultFile, url: values.url };
}

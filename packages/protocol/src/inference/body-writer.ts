import type { ParameterValue, Tensor } from '@rangefinder/tensor';
import type { Slices } from '../json/slices.ts';
import type { JsonWriter } from '../json/writer.ts';
import { writeTensorData } from '../tensor-json/tensor-text.ts';

export interface EncodedBody {
  readonly contentType: 'application/json' | 'application/octet-stream';
  /** For the Inference-Header-Content-Length header; undefined for a body that is all JSON (the header is then left out). */
  readonly headerContentLength: number | undefined;
  /** Sum of the chunks. */
  readonly contentLength: number;
  /** Binary tensors are views on the tensors' own bytes. */
  readonly chunks: readonly Uint8Array[];
}

const HEAD_BYTES = 512;
const MAX_FIRST_CHUNK_BYTES = 16 * 1024;

/** Room for the JSON of a small body in one chunk, without a large allocation for a binary one. */
export function firstChunkBytes(tensors: readonly Tensor[], isBinary: (tensor: Tensor) => boolean): number {
  let bytes = HEAD_BYTES;
  for (const tensor of tensors)
    bytes += 128 + tensor.name.length * 3 + (isBinary(tensor) ? 0 : tensor.bytes.length * 4);
  return Math.min(bytes, MAX_FIRST_CHUNK_BYTES);
}

/** An entry of `inputs` or `outputs`. */
export function* writeTensorEntry(writer: JsonWriter, tensor: Tensor, isBinary: boolean, field: string): Slices<void> {
  const { name, dataType, shape, bytes } = tensor;
  const head = `{"name":${JSON.stringify(name)},"datatype":"${dataType}","shape":[${shape.join(',')}],`;
  if (isBinary) {
    writer.text(`${head}"parameters":{"binary_data_size":${bytes.length}}}`);
    return;
  }
  writer.text(`${head}"data":`);
  yield* writeTensorData(writer, tensor, field);
  writer.text('}');
}

/** `"name":value` pairs without braces. */
export function parametersJson(parameters: Readonly<Record<string, ParameterValue>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${JSON.stringify(name)}:${typeof value === 'bigint' ? value : JSON.stringify(value)}`)
    .join(',');
}

export function encodedBody(writer: JsonWriter, blobs: readonly Uint8Array[]): EncodedBody {
  const json = writer.finish();
  if (blobs.length === 0) {
    const contentLength = writer.byteLength;
    return { contentType: 'application/json', headerContentLength: undefined, contentLength, chunks: json };
  }
  const blobBytes = blobs.reduce((sum, blob) => sum + blob.length, 0);
  return {
    contentType: 'application/octet-stream',
    headerContentLength: writer.byteLength,
    contentLength: writer.byteLength + blobBytes,
    chunks: [...json, ...blobs],
  };
}

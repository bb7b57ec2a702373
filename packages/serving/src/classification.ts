import { RangefinderError } from '@rangefinder/base';
import { elementCount, encodeStringElements } from '@rangefinder/tensor';
import type { DataType, Tensor } from '@rangefinder/tensor';

/**
 * Triton's classification extension: the `count` largest elements of each row, as BYTES `score:index[:label]`, largest
 * first. A row is all that lies under one index of the batch dimension; without one the whole tensor is one row.
 */
export function classify(tensor: Tensor, count: number, labels: readonly string[], batched: boolean): Tensor {
  const rows = batched ? (tensor.shape[0] ?? 1) : 1;
  const classes = elementCount(tensor.shape) / Math.max(rows, 1);
  const top = Math.min(count, classes);
  const scores = readScores(tensor);
  const texts: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (const index of largest(scores, row * classes, classes, top)) {
      const label = labels[index];
      const score = formatScore(scores[row * classes + index]!, tensor.dataType);
      texts.push(label === undefined ? `${score}:${index}` : `${score}:${index}:${label}`);
    }
  }
  return {
    name: tensor.name,
    dataType: 'BYTES',
    shape: batched ? [rows, top] : [top],
    bytes: encodeStringElements(texts),
  };
}

type Scores = ArrayLike<number | bigint>;

const READERS: Partial<Record<DataType, (buffer: ArrayBuffer) => Scores>> = {
  UINT8: (buffer) => new Uint8Array(buffer),
  UINT16: (buffer) => new Uint16Array(buffer),
  UINT32: (buffer) => new Uint32Array(buffer),
  UINT64: (buffer) => new BigUint64Array(buffer),
  INT8: (buffer) => new Int8Array(buffer),
  INT16: (buffer) => new Int16Array(buffer),
  INT32: (buffer) => new Int32Array(buffer),
  INT64: (buffer) => new BigInt64Array(buffer),
  FP16: (buffer) =>
    Array.from({ length: buffer.byteLength / 2 }, (_, i) => new DataView(buffer).getFloat16(i * 2, true)),
  FP32: (buffer) => new Float32Array(buffer),
  FP64: (buffer) => new Float64Array(buffer),
};

function readScores(tensor: Tensor): Scores {
  const read = READERS[tensor.dataType];
  if (read === undefined) {
    throw new RangefinderError(
      'INVALID_ARGUMENT',
      `output '${tensor.name}': classification: expected a numeric output, got ${tensor.dataType}`,
    );
  }
  // A copy of its own, and therefore aligned.
  return read(tensor.bytes.slice().buffer);
}

/** Indices of the `top` largest, largest first; equal scores keep their order. NaN is never larger than a number. */
function largest(scores: Scores, start: number, length: number, top: number): number[] {
  const indices = Array.from({ length }, (_, i) => i);
  const rank = (index: number): number | bigint => {
    const score = scores[start + index]!;
    return Number.isNaN(score) ? -Infinity : score;
  };
  indices.sort((a, b) => {
    const x = rank(a);
    const y = rank(b);
    return x > y ? -1 : x < y ? 1 : a - b;
  });
  return indices.slice(0, top);
}

/** Floating-point scores have six decimals, as Triton prints them. */
function formatScore(score: number | bigint, dataType: DataType): string {
  return typeof score === 'number' && dataType.startsWith('FP') ? score.toFixed(6) : String(score);
}

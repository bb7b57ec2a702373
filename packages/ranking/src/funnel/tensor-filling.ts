import { invalidArgument } from '@rangefinder/base';
import {
  byteLengthOf,
  bytesOf,
  elementCount,
  float32ToBfloat16,
  float32ToFloat16,
  typedView,
  WrittenTensor,
  type DataType,
  type Tensor,
} from '@rangefinder/tensor';
import { broadcast, numbersOf, textRows, type Values } from './values.ts';
import { wordWriter } from './word-strips.ts';

/** A model input for all candidates of a request; inference requests take slices of it as views. */
export interface FilledInput {
  /** The tensor of candidates `from` to `to`, not including it. */
  slice(from: number, to: number): Tensor;
}

/** What a model declares of an input, once it has met the values that fill it. */
export interface InputLayout {
  readonly name: string;
  readonly dataType: DataType;
  /** Without the batch dimension. */
  readonly shape: readonly number[];
  /** Elements of one candidate. */
  readonly width: number;
}

/**
 * Lays values side by side into the rows of an input tensor: no object a candidate. Where one column already is what the
 * model wants, it is used as it lies; inputs of 32-bit types are laid out in the engine's memory, as late as that. Throws INVALID_ARGUMENT when widths or types do not fit together.
 */
export function fillInput(layout: InputLayout, parts: readonly Values[], rows: number): FilledInput {
  const { name, dataType, shape, width } = layout;
  const given = parts.reduce((sum, part) => sum + part.width, 0);
  if (given !== width) throw invalidArgument(`input '${name}'`, `expected ${width} values a candidate, got ${given}`);
  if (dataType === 'BYTES') return textInput(layout, parts, rows);
  const rowBytes = byteLengthOf(dataType, width)!;
  const lying = asTheyLie(layout, parts);
  const write = lying === undefined ? wordWriter(layout, parts) : undefined;
  if (write !== undefined)
    return { slice: (from, to) => new WrittenTensor({ name, dataType, shape: [to - from, ...shape] }, write, from) };
  const bytes = lying ?? laidSideBySide(layout, parts, rows);
  return {
    slice: (from, to) => ({
      name,
      dataType,
      shape: [to - from, ...shape],
      bytes: bytes.subarray(from * rowBytes, to * rowBytes),
    }),
  };
}

/** An input with the same row for all candidates. */
export function repeatedInput({ name, dataType, shape, bytes }: Tensor, rows: number): FilledInput {
  const rowShape = shape.slice(1);
  const width = elementCount(rowShape);
  return fillInput({ name, dataType, shape: rowShape, width }, [broadcast(dataType, width, bytes)], rows);
}

function asTheyLie({ dataType }: InputLayout, parts: readonly Values[]): Uint8Array | undefined {
  const [only] = parts;
  if (parts.length !== 1 || only === undefined || only.broadcast || only.rowOf !== undefined) return undefined;
  if (only.strip !== undefined) return undefined;
  return only.dataType === dataType ? only.bytes : undefined;
}

function laidSideBySide({ name, dataType, width }: InputLayout, parts: readonly Values[], rows: number): Uint8Array {
  const half = dataType === 'FP16' || dataType === 'BF16';
  const bytes = new Uint8Array(rows * byteLengthOf(half ? 'FP32' : dataType, width)!);
  const target = typedView(half ? 'FP32' : dataType, bytes);
  let column = 0;
  for (const part of parts) {
    if (target instanceof BigInt64Array || target instanceof BigUint64Array)
      copyIntegers(target, width, column, part, rows);
    else copyNumbers(target, width, column, part, rows, `input '${name}'`);
    column += part.width;
  }
  if (!half) return bytes;
  return bytesOf(
    dataType === 'FP16' ? float32ToFloat16(target as Float32Array) : float32ToBfloat16(target as Float32Array),
  );
}

function copyNumbers(
  target: { [index: number]: number | bigint },
  stride: number,
  column: number,
  part: Values,
  rows: number,
  field: string,
): void {
  const source = numbersOf(part, field);
  const { width, rowOf } = part;
  for (let i = 0; i < rows; i++) {
    const from = part.broadcast ? 0 : (rowOf === undefined ? i : rowOf[i]!) * width;
    const to = i * stride + column;
    for (let j = 0; j < width; j++) target[to + j] = source[from + j]!;
  }
}

/** 64-bit integers without a detour over float64 where they are that already. */
function copyIntegers(
  target: BigInt64Array | BigUint64Array,
  stride: number,
  column: number,
  part: Values,
  rows: number,
): void {
  const { width, rowOf } = part;
  const view =
    part.dataType === 'INT64' || part.dataType === 'UINT64' ? typedView(part.dataType, part.bytes) : undefined;
  const integers =
    view instanceof BigInt64Array || view instanceof BigUint64Array
      ? view
      : BigInt64Array.from(
          Array.from(numbersOf(part, 'INT64 input'), (value) => BigInt(Number.isFinite(value) ? Math.trunc(value) : 0)),
        );
  for (let i = 0; i < rows; i++) {
    const from = part.broadcast ? 0 : (rowOf === undefined ? i : rowOf[i]!) * width;
    for (let j = 0; j < width; j++) target[i * stride + column + j] = integers[from + j]!;
  }
}

function textInput({ name, dataType, shape }: InputLayout, parts: readonly Values[], rows: number): FilledInput {
  const [only] = parts;
  const field = `input '${name}'`;
  if (parts.length !== 1 || only?.dataType !== 'BYTES') throw invalidArgument(field, 'expected one place with text');
  const { bytes, offsets } = textRows(only, rows, field);
  return {
    slice: (from, to) => ({
      name,
      dataType,
      shape: [to - from, ...shape],
      bytes: bytes.subarray(offsets[from], offsets[to]),
    }),
  };
}

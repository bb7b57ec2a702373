import { invalidArgument } from '@rangefinder/base';
import {
  bfloat16ToFloat32,
  bytesOf,
  bytesRowOffsets,
  encodeStringElements,
  float16ToFloat32,
  typedView,
  type DataType,
} from '@rangefinder/tensor';
import type { FeatureColumn } from '@rangefinder/features';
import type { Column } from '../formula/formula.ts';

/** Values for all candidates of a request, in columns as they came: what model inputs and formulas are filled from. */
export interface Values {
  readonly dataType: DataType;
  /** Elements of one candidate. */
  readonly width: number;
  /** Row-major little-endian; one row alone when it is the same for all candidates. */
  readonly bytes: Uint8Array;
  /** Position of a candidate → row; undefined when they are equal. */
  readonly rowOf: Uint32Array | undefined;
  readonly broadcast: boolean;
  /** Where the same values lie row by row; `bytes` may then be laid out only for who asks. */
  readonly strip?: ValueStrip | undefined;
}

/** Values of a candidate from `row × strideWords + offsetWords`, in 32-bit words; zeros where the words end before them. */
export interface ValueStrip {
  readonly words: Uint32Array;
  readonly strideWords: number;
  readonly offsetWords: number;
  /** Position of a candidate → row; undefined when they are equal. */
  readonly rowOf: Uint32Array | undefined;
}

/** A feature's values; its bytes are only looked at by who asks for them. */
export class ColumnValues implements Values {
  readonly broadcast = false;
  readonly rowOf: Uint32Array | undefined;
  readonly strip: ValueStrip | undefined;
  readonly #column: FeatureColumn;

  constructor(column: FeatureColumn, rowOf: Uint32Array | undefined) {
    this.#column = column;
    this.rowOf = rowOf;
    const { strip } = column;
    if (strip === undefined) return;
    const { words, strideWords, offsetWords } = strip;
    this.strip = { words, strideWords, offsetWords, rowOf };
  }

  get dataType(): DataType {
    return this.#column.dataType;
  }

  get width(): number {
    return this.#column.width;
  }

  get bytes(): Uint8Array {
    return this.#column.bytes;
  }
}

/** The same for all candidates. */
export function broadcast(dataType: DataType, width: number, bytes: Uint8Array): Values {
  return { dataType, width, bytes, rowOf: undefined, broadcast: true };
}

export function broadcastNumbers(numbers: readonly number[]): Values {
  return broadcast('FP64', numbers.length, bytesOf(Float64Array.from(numbers)));
}

export function broadcastText(text: string): Values {
  return broadcast('BYTES', 1, encodeStringElements([text]));
}

/** One number a candidate. */
export function numberColumn(numbers: Float64Array | Float32Array): Values {
  const dataType = numbers instanceof Float64Array ? 'FP64' : 'FP32';
  return { dataType, width: 1, bytes: bytesOf(numbers), rowOf: undefined, broadcast: false };
}

/** Elements as numbers; 64-bit integers lose what a float64 cannot hold. */
export function numbersOf({ dataType, bytes }: Pick<Values, 'dataType' | 'bytes'>, field: string): ArrayLike<number> {
  if (dataType === 'BYTES') throw invalidArgument(field, 'expected numbers, got BYTES');
  const view = typedView(dataType, bytes);
  if (view instanceof BigInt64Array || view instanceof BigUint64Array) return Float64Array.from(view, Number);
  if (dataType === 'FP16') return float16ToFloat32(view as Uint16Array);
  if (dataType === 'BF16') return bfloat16ToFloat32(view as Uint16Array);
  return view;
}

/** One element of each candidate as a column for a formula. */
export function columnOf(values: Values, element: number, rows: number, field: string): Column {
  if (element >= values.width)
    throw invalidArgument(field, `has ${values.width} elements, so there is no [${element}]`);
  const numbers = numbersOf(values, field);
  if (values.broadcast) return numbers[element] ?? Number.NaN;
  const { rowOf, width } = values;
  const column = new Float64Array(rows);
  for (let i = 0; i < rows; i++) column[i] = numbers[(rowOf === undefined ? i : rowOf[i]!) * width + element]!;
  return column;
}

/** The values of strings: rows × width elements, still encoded, in the order of the candidates. */
export function textRows(values: Values, rows: number, field: string): { bytes: Uint8Array; offsets: Uint32Array } {
  const { bytes, width, rowOf } = values;
  const stored = values.broadcast ? 1 : rowOf === undefined ? rows : undefined;
  const offsets = bytesRowOffsets(bytes, (stored ?? storedRows(values)) * width, width, field);
  if (!values.broadcast && rowOf === undefined) return { bytes, offsets };
  const at = (i: number): number => (values.broadcast ? 0 : rowOf![i]!);
  const copied = new Uint32Array(rows + 1);
  for (let i = 0; i < rows; i++) copied[i + 1] = copied[i]! + offsets[at(i) + 1]! - offsets[at(i)]!;
  const target = new Uint8Array(copied[rows]!);
  for (let i = 0; i < rows; i++) target.set(bytes.subarray(offsets[at(i)], offsets[at(i) + 1]), copied[i]);
  return { bytes: target, offsets: copied };
}

function storedRows({ bytes, width }: Values): number {
  let elements = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < bytes.length; offset += 4 + view.getUint32(offset, true)) elements += 1;
  return Math.floor(elements / width);
}

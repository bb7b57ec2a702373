import type { ElementTypeName } from './element-types.ts';
import type { Shape } from './shape.ts';

/** FP16 and BF16 are held as 32-bit floats, BOOL as 0 and 1, BYTES as text. */
export type TensorValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly string[];

export interface Tensor {
  readonly name: string;
  readonly dataType: ElementTypeName;
  readonly shape: Shape;
  /** Row-major; as many as the shape says. */
  readonly values: TensorValues;
}

export type NumericValues = Exclude<TensorValues, readonly string[] | BigInt64Array | BigUint64Array>;

export function isText(values: TensorValues): values is readonly string[] {
  return Array.isArray(values);
}

export function isBig(values: TensorValues): values is BigInt64Array | BigUint64Array {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}

/** An array of `count` zeros (empty texts for BYTES) that can hold the type. */
export function allocateValues(
  dataType: ElementTypeName,
  count: number,
): Exclude<TensorValues, readonly string[]> | string[] {
  switch (dataType) {
    case 'BOOL':
    case 'UINT8':
      return new Uint8Array(count);
    case 'UINT16':
      return new Uint16Array(count);
    case 'UINT32':
      return new Uint32Array(count);
    case 'UINT64':
      return new BigUint64Array(count);
    case 'INT8':
      return new Int8Array(count);
    case 'INT16':
      return new Int16Array(count);
    case 'INT32':
      return new Int32Array(count);
    case 'INT64':
      return new BigInt64Array(count);
    case 'FP64':
      return new Float64Array(count);
    case 'FP16':
    case 'BF16':
    case 'FP32':
      return new Float32Array(count);
    case 'BYTES':
      return Array.from({ length: count }, () => '');
  }
}

/** Numbers as the type wants them: rounded and held within its range for whole numbers, true above 0.5 for BOOL. */
export function valuesFromNumbers(dataType: ElementTypeName, numbers: ArrayLike<number>): TensorValues {
  const values = allocateValues(dataType, numbers.length);
  for (let i = 0; i < numbers.length; i += 1) {
    const number = numbers[i]!;
    if (isText(values)) values[i] = String(number);
    else if (isBig(values)) values[i] = BigInt(Math.round(Number.isFinite(number) ? number : 0));
    else if (dataType === 'BOOL') values[i] = number > 0.5 ? 1 : 0;
    else if (values instanceof Float32Array || values instanceof Float64Array) values[i] = number;
    else values[i] = clampWhole(values, number);
  }
  return values;
}

function clampWhole(values: NumericValues, number: number): number {
  const bits = values.BYTES_PER_ELEMENT * 8;
  const signed = values instanceof Int8Array || values instanceof Int16Array || values instanceof Int32Array;
  const min = signed ? -(2 ** (bits - 1)) : 0;
  const max = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return Math.min(max, Math.max(min, Math.round(number)));
}

/** Plain numbers, for charts and previews; texts become NaN. */
export function numbersOf(values: TensorValues): Float64Array {
  if (isText(values)) return new Float64Array(values.length).fill(NaN);
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < values.length; i += 1) numbers[i] = Number(values[i]);
  return numbers;
}

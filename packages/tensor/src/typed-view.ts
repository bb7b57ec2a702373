import { RangefinderError } from '@rangefinder/base';
import { decodeStringElements } from './bytes-encoding.ts';
import type { DataType } from './data-type.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-float.ts';
import { elementCount } from './shape.ts';
import type { Tensor } from './tensor.ts';

export type TensorArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

interface TensorArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorArray;
}

const ARRAYS: { readonly [name in DataType]?: TensorArrayConstructor } = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  BF16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
};

/**
 * Elements of a tensor under the typed array of its type: BOOL as Uint8Array of 0 and 1, FP16 and BF16 as their raw bits.
 * A view where the bytes are aligned, an aligned copy where they are not; so never write to it. UNSUPPORTED for types that
 * have no typed array (BYTES, complex, 8- and 4-bit floats, 4-bit integers).
 */
export function typedView(dataType: DataType, bytes: Uint8Array): TensorArray {
  const constructor = ARRAYS[dataType];
  if (!constructor) throw new RangefinderError('UNSUPPORTED', `${dataType} elements have no typed array`);
  const aligned = alignedBytes(bytes, constructor.BYTES_PER_ELEMENT);
  return new constructor(aligned.buffer, aligned.byteOffset, Math.floor(bytes.length / constructor.BYTES_PER_ELEMENT));
}

/** The same bytes at an offset that is a multiple of `alignment`: as they are, or copied. */
export function alignedBytes(bytes: Uint8Array, alignment: number): Uint8Array {
  return bytes.byteOffset % alignment === 0 ? bytes : new Uint8Array(bytes);
}

/** The bytes behind a typed array, as a view. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * Values for people and tests: numbers, bigints for 64-bit integers, booleans, FP16 and BF16 widened, BYTES as UTF-8 strings.
 * Allocates one value an element; not for hot paths.
 */
export function tensorValues(
  tensor: Pick<Tensor, 'dataType' | 'shape' | 'bytes'>,
): number[] | bigint[] | boolean[] | string[] {
  const { dataType, shape, bytes } = tensor;
  if (dataType === 'BYTES') return decodeStringElements(bytes, elementCount(shape));
  const view = typedView(dataType, bytes);
  if (view instanceof BigInt64Array || view instanceof BigUint64Array) return Array.from<bigint>(view);
  if (dataType === 'BOOL') return Array.from(view, (value) => value !== 0);
  if (dataType === 'FP16') return Array.from(float16ToFloat32(view as Uint16Array));
  if (dataType === 'BF16') return Array.from(bfloat16ToFloat32(view as Uint16Array));
  return Array.from(view);
}

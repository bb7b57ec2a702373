import type { DataType } from '@rangefinder/tensor';

const ARRAYS = {
  UINT8: Uint8Array,
  INT8: Int8Array,
  UINT16: Uint16Array,
  INT16: Int16Array,
  UINT32: Uint32Array,
  INT32: Int32Array,
  FP32: Float32Array,
  FP64: Float64Array,
  UINT64: BigUint64Array,
  INT64: BigInt64Array,
} as const;
type Numbers = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

/** The bytes as numbers; undefined for types that JavaScript has no array for. */
export function numbersOf(dataType: DataType, bytes: Uint8Array): Numbers | undefined {
  if (!(dataType in ARRAYS)) return undefined;
  const Numbers = ARRAYS[dataType as keyof typeof ARRAYS];
  return new Numbers(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / Numbers.BYTES_PER_ELEMENT);
}

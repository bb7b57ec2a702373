/// <reference lib="esnext.float16" />
import { bfloat16ToFloat32, float32ToBfloat16, type DataType } from '@rangefinder/tensor';

export type Scalar = number | bigint;

/** How one element of a numeric type lies in little-endian bytes. 64-bit integers are BigInt, everything else is a number. */
export interface ElementCodec {
  readonly byteLength: number;
  readonly kind: 'bool' | 'integer' | 'float';
  /** Inclusive bounds of an integer type; undefined for the others. */
  readonly range: readonly [bigint, bigint] | undefined;
  /** Largest finite magnitude of a float type; undefined for the others. */
  readonly largest: number | undefined;
  read(view: DataView, offset: number): Scalar;
  write(view: DataView, offset: number, value: Scalar): void;
}

/** The codec of a type whose elements are plain numbers; undefined for BYTES, complex, 8-bit float and sub-byte types. */
export function elementCodec(dataType: DataType): ElementCodec | undefined {
  return CODECS[dataType];
}

const CODECS: { readonly [type in DataType]?: ElementCodec } = {
  BOOL: {
    byteLength: 1,
    kind: 'bool',
    range: [0n, 1n],
    largest: undefined,
    read: (view, offset) => view.getUint8(offset),
    write: (view, offset, value) => view.setUint8(offset, Number(value)),
  },
  UINT8: integer(
    1,
    false,
    (v, o) => v.getUint8(o),
    (v, o, x) => v.setUint8(o, Number(x)),
  ),
  UINT16: integer(
    2,
    false,
    (v, o) => v.getUint16(o, true),
    (v, o, x) => v.setUint16(o, Number(x), true),
  ),
  UINT32: integer(
    4,
    false,
    (v, o) => v.getUint32(o, true),
    (v, o, x) => v.setUint32(o, Number(x), true),
  ),
  UINT64: integer(
    8,
    false,
    (v, o) => v.getBigUint64(o, true),
    (v, o, x) => v.setBigUint64(o, BigInt(x), true),
  ),
  INT8: integer(
    1,
    true,
    (v, o) => v.getInt8(o),
    (v, o, x) => v.setInt8(o, Number(x)),
  ),
  INT16: integer(
    2,
    true,
    (v, o) => v.getInt16(o, true),
    (v, o, x) => v.setInt16(o, Number(x), true),
  ),
  INT32: integer(
    4,
    true,
    (v, o) => v.getInt32(o, true),
    (v, o, x) => v.setInt32(o, Number(x), true),
  ),
  INT64: integer(
    8,
    true,
    (v, o) => v.getBigInt64(o, true),
    (v, o, x) => v.setBigInt64(o, BigInt(x), true),
  ),
  FP16: float(
    2,
    65504,
    (v, o) => v.getFloat16(o, true),
    (v, o, x) => v.setFloat16(o, Number(x), true),
  ),
  BF16: float(2, 3.3895313892515355e38, readBfloat16, writeBfloat16),
  FP32: float(
    4,
    3.4028234663852886e38,
    (v, o) => v.getFloat32(o, true),
    (v, o, x) => v.setFloat32(o, Number(x), true),
  ),
  FP64: float(
    8,
    Number.MAX_VALUE,
    (v, o) => v.getFloat64(o, true),
    (v, o, x) => v.setFloat64(o, Number(x), true),
  ),
};

function integer(
  byteLength: number,
  signed: boolean,
  read: ElementCodec['read'],
  write: ElementCodec['write'],
): ElementCodec {
  const bits = BigInt(byteLength * 8);
  const range: readonly [bigint, bigint] = signed
    ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]
    : [0n, (1n << bits) - 1n];
  return { byteLength, kind: 'integer', range, largest: undefined, read, write };
}

function float(
  byteLength: number,
  largest: number,
  read: ElementCodec['read'],
  write: ElementCodec['write'],
): ElementCodec {
  return { byteLength, kind: 'float', range: undefined, largest, read, write };
}

function readBfloat16(view: DataView, offset: number): number {
  return bfloat16ToFloat32(Uint16Array.of(view.getUint16(offset, true)))[0] ?? Number.NaN;
}

function writeBfloat16(view: DataView, offset: number, value: Scalar): void {
  view.setUint16(offset, float32ToBfloat16(Float32Array.of(Number(value)))[0] ?? 0, true);
}

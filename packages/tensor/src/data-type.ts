/**
 * Element types by their Open Inference Protocol names, and beyond the protocol those that ONNX knows.
 * Source for the numbers: `TensorProto.DataType` in onnx.proto, equal to `ONNXTensorElementDataType` of ONNX Runtime.
 */
export interface DataTypeInfo {
  /** Bits of one element; 0 for BYTES, whose elements carry their own length. */
  readonly bits: number;
  readonly onnx: number;
  /** Whether Open Inference Protocol clients know it. The others travel as binary only. */
  readonly inProtocol: boolean;
}

export const DATA_TYPES = {
  BOOL: { bits: 8, onnx: 9, inProtocol: true },
  UINT8: { bits: 8, onnx: 2, inProtocol: true },
  UINT16: { bits: 16, onnx: 4, inProtocol: true },
  UINT32: { bits: 32, onnx: 12, inProtocol: true },
  UINT64: { bits: 64, onnx: 13, inProtocol: true },
  INT8: { bits: 8, onnx: 3, inProtocol: true },
  INT16: { bits: 16, onnx: 5, inProtocol: true },
  INT32: { bits: 32, onnx: 6, inProtocol: true },
  INT64: { bits: 64, onnx: 7, inProtocol: true },
  FP16: { bits: 16, onnx: 10, inProtocol: true },
  BF16: { bits: 16, onnx: 16, inProtocol: true },
  FP32: { bits: 32, onnx: 1, inProtocol: true },
  FP64: { bits: 64, onnx: 11, inProtocol: true },
  BYTES: { bits: 0, onnx: 8, inProtocol: true },
  COMPLEX64: { bits: 64, onnx: 14, inProtocol: false },
  COMPLEX128: { bits: 128, onnx: 15, inProtocol: false },
  FP8_E4M3FN: { bits: 8, onnx: 17, inProtocol: false },
  FP8_E4M3FNUZ: { bits: 8, onnx: 18, inProtocol: false },
  FP8_E5M2: { bits: 8, onnx: 19, inProtocol: false },
  FP8_E5M2FNUZ: { bits: 8, onnx: 20, inProtocol: false },
  /** Two elements a byte, the first in the low half; an odd count is padded. */
  UINT4: { bits: 4, onnx: 21, inProtocol: false },
  INT4: { bits: 4, onnx: 22, inProtocol: false },
  FP4_E2M1: { bits: 4, onnx: 23, inProtocol: false },
} as const satisfies Record<string, DataTypeInfo>;

export type DataType = keyof typeof DATA_TYPES;

export function isDataType(name: string): name is DataType {
  return Object.hasOwn(DATA_TYPES, name);
}

const BY_ONNX = new Map<number, DataType>(
  Object.entries(DATA_TYPES).map(([name, info]) => [info.onnx, name as DataType]),
);

/** The type that ONNX numbers so; undefined for a number this version does not know. */
export function dataTypeOfOnnx(onnx: number): DataType | undefined {
  return BY_ONNX.get(onnx);
}

/** Bytes of `count` elements, sub-byte types rounded up; undefined for BYTES, where only the data tells. */
export function byteLengthOf(dataType: DataType, count: number): number | undefined {
  const { bits } = DATA_TYPES[dataType];
  return bits === 0 ? undefined : Math.ceil((count * bits) / 8);
}

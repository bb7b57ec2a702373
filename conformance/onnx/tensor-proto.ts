import {
  byteLengthOf,
  DATA_TYPES,
  dataTypeOfOnnx,
  elementCount,
  encodeBytesElements,
  type DataType,
  type Tensor,
} from '@rangefinder/tensor';
import { fixedBytesOf, integersOf, readFields, textOf } from './protobuf-reader.ts';

/** Fields of `TensorProto` in onnx.proto. */
const FIELD = {
  dims: 1,
  dataType: 2,
  float: 4,
  int32: 5,
  string: 6,
  int64: 7,
  name: 8,
  raw: 9,
  double: 10,
  uint64: 11,
};

/** Reads a serialized `TensorProto` in whichever of its ways the elements are stored. */
export function readTensorProto(message: Uint8Array): Tensor {
  const shape: number[] = [];
  const chunks: Uint8Array[] = [];
  const integers: bigint[] = [];
  const strings: Uint8Array[] = [];
  let name = '';
  let raw: Uint8Array | undefined;
  let onnxType = 0;
  for (const field of readFields(message)) {
    if (field.number === FIELD.dims) shape.push(...integersOf(field).map(Number));
    else if (field.number === FIELD.dataType) onnxType = Number(field.value);
    else if (field.number === FIELD.name) name = textOf(field);
    else if (field.number === FIELD.raw) raw = field.bytes;
    else if (field.number === FIELD.string) strings.push(field.bytes);
    else if (field.number === FIELD.float) chunks.push(fixedBytesOf(field, 4));
    else if (field.number === FIELD.double) chunks.push(fixedBytesOf(field, 8));
    else if (field.number === FIELD.int32 || field.number === FIELD.int64 || field.number === FIELD.uint64) {
      for (const integer of integersOf(field)) integers.push(integer);
    }
  }
  const dataType = dataTypeOfOnnx(onnxType);
  if (dataType === undefined) throw new Error(`tensor ${name}: unknown ONNX type ${onnxType}`);
  const bytes =
    dataType === 'BYTES'
      ? encodeBytesElements(strings)
      : (raw ?? (chunks.length > 0 ? Buffer.concat(chunks) : pack(dataType, integers)));
  const expected = byteLengthOf(dataType, elementCount(shape));
  if (expected !== undefined && bytes.length !== expected) {
    throw new Error(`tensor ${name}: ${bytes.length} bytes for ${dataType} [${shape.join(',')}], expected ${expected}`);
  }
  return { name, dataType, shape, bytes };
}

/** Integers, booleans and the bit patterns of small floats, each in as many bytes as its type takes. */
function pack(dataType: DataType, integers: readonly bigint[]): Uint8Array {
  const { bits } = DATA_TYPES[dataType];
  // Two 4-bit elements come in one integer already.
  const size = Math.max(1, bits / 8);
  const bytes = new Uint8Array(integers.length * size);
  const view = new DataView(bytes.buffer);
  integers.forEach((integer, i) => {
    if (size === 1) view.setUint8(i, Number(BigInt.asUintN(8, integer)));
    else if (size === 2) view.setUint16(i * 2, Number(BigInt.asUintN(16, integer)), true);
    else if (size === 4) view.setUint32(i * 4, Number(BigInt.asUintN(32, integer)), true);
    else view.setBigUint64(i * 8, BigInt.asUintN(64, integer), true);
  });
  return bytes;
}

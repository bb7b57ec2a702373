import type { ElementTypeName } from './element-types.ts';
import { elementCount } from './shape.ts';
import type { Shape } from './shape.ts';
import { decodeValues } from './tensor-codec.ts';
import type { TensorValues } from './tensor.ts';

export interface NpyArray {
  readonly dataType: ElementTypeName;
  readonly shape: Shape;
  readonly values: TensorValues;
}

const TYPES: Readonly<Record<string, ElementTypeName>> = {
  '?': 'BOOL',
  b1: 'BOOL',
  u1: 'UINT8',
  u2: 'UINT16',
  u4: 'UINT32',
  u8: 'UINT64',
  i1: 'INT8',
  i2: 'INT16',
  i4: 'INT32',
  i8: 'INT64',
  f2: 'FP16',
  f4: 'FP32',
  f8: 'FP64',
};

/**
 * Reads NumPy's .npy format, versions 1 to 3, C and Fortran order, little- and big-endian. Throws a SyntaxError for what is
 * not .npy and a RangeError where the data is shorter than the header says.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function parseNpy(bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 10 || bytes[0] !== 0x93 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY')
    throw new SyntaxError('not an .npy file: the first bytes are not \\x93NUMPY');
  const wide = bytes[6]! >= 2;
  if (wide && bytes.byteLength < 12) throw new SyntaxError('the .npy header is cut off');
  const headerLength = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const dataStart = (wide ? 12 : 10) + headerLength;
  if (dataStart > bytes.byteLength) throw new SyntaxError('the .npy header is cut off');
  const header = new TextDecoder().decode(bytes.subarray(wide ? 12 : 10, dataStart));

  const descr = /'descr'\s*:\s*'([<>|=]?)([^']+)'/.exec(header);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header);
  const dims = /'shape'\s*:\s*\(([^)]*)\)/.exec(header);
  if (descr === null || order === null || dims === null)
    throw new SyntaxError('the .npy header lacks descr, fortran_order or shape');
  const dataType = TYPES[descr[2]!];
  if (dataType === undefined)
    throw new SyntaxError(`.npy type ${descr[1]}${descr[2]} is not one that a tensor can have`);
  const shape = dims[1]!
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  const count = elementCount(shape);
  const itemBytes = descr[2] === '?' ? 1 : Number(descr[2]!.slice(1));
  if (!Number.isSafeInteger(count) || count < 0)
    throw new SyntaxError(`.npy shape (${dims[1]}) is not a list of sizes`);
  if (bytes.byteLength - dataStart < count * itemBytes)
    throw new RangeError(`.npy data is ${bytes.byteLength - dataStart} bytes, the header says ${count * itemBytes}`);
  const data = bytes.slice(dataStart, dataStart + count * itemBytes);
  if (descr[1] === '>') swapBytes(data, itemBytes);
  const values = decodeValues(dataType, data, count);
  return { dataType, shape, values: order[1] === 'True' ? fromColumnMajor(values, shape) : values };
}

function swapBytes(data: Uint8Array, itemBytes: number): void {
  for (let at = 0; at < data.byteLength; at += itemBytes) data.subarray(at, at + itemBytes).reverse();
}

function fromColumnMajor(values: TensorValues, shape: Shape): TensorValues {
  if (Array.isArray(values)) return values;
  const from = values as Float64Array;
  const to = from.slice();
  const index = shape.map(() => 0);
  const strides = shape.map((_, i) => elementCount(shape.slice(0, i)));
  for (let i = 0; i < to.length; i += 1) {
    to[i] = from[index.reduce((sum, position, d) => sum + position * strides[d]!, 0)]!;
    for (let d = shape.length - 1; d >= 0; d -= 1) {
      index[d]! += 1;
      if (index[d]! < shape[d]!) break;
      index[d] = 0;
    }
  }
  return to;
}

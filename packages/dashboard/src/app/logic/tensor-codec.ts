import { elementType } from './element-types.ts';
import type { ElementTypeName } from './element-types.ts';
import { fromBrainBits, fromHalfBits, toBrainBits, toHalfBits } from './half-float.ts';
import { allocateValues, isText } from './tensor.ts';
import type { TensorValues } from './tensor.ts';

/** The wire form: row-major, little-endian; BYTES elements each a uint32 length and the bytes. */
export function encodeValues(dataType: ElementTypeName, values: TensorValues): Uint8Array<ArrayBuffer> {
  if (isText(values)) return encodeTexts(values);
  const { bytes } = elementType(dataType);
  const out = new Uint8Array(values.length * bytes);
  const view = new DataView(out.buffer);
  for (let i = 0; i < values.length; i += 1) setElement(view, i * bytes, dataType, values[i]!);
  return out;
}

/** The values of `count` elements; throws a RangeError when the bytes do not hold exactly that many. */
export function decodeValues(dataType: ElementTypeName, bytes: Uint8Array, count: number): TensorValues {
  const size = elementType(dataType).bytes;
  if (size === 0) return decodeTexts(bytes, count);
  if (bytes.byteLength !== count * size)
    throw new RangeError(
      `expected ${count * size} bytes for ${count} elements of ${dataType}, got ${bytes.byteLength}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = allocateValues(dataType, count) as Exclude<TensorValues, readonly string[]>;
  for (let i = 0; i < count; i += 1) values[i] = getElement(view, i * size, dataType);
  return values;
}

function setElement(view: DataView, at: number, dataType: ElementTypeName, value: number | bigint): void {
  if (typeof value === 'bigint') {
    view.setBigInt64(at, value, true);
    return;
  }
  switch (dataType) {
    case 'FP32':
      return view.setFloat32(at, value, true);
    case 'FP64':
      return view.setFloat64(at, value, true);
    case 'FP16':
      return view.setUint16(at, toHalfBits(value), true);
    case 'BF16':
      return view.setUint16(at, toBrainBits(value), true);
    case 'INT32':
    case 'UINT32':
      return view.setInt32(at, value, true);
    case 'INT16':
    case 'UINT16':
      return view.setInt16(at, value, true);
    default:
      return view.setInt8(at, value);
  }
}

function getElement(view: DataView, at: number, dataType: ElementTypeName): never;
function getElement(view: DataView, at: number, dataType: ElementTypeName): number | bigint {
  switch (dataType) {
    case 'FP32':
      return view.getFloat32(at, true);
    case 'FP64':
      return view.getFloat64(at, true);
    case 'FP16':
      return fromHalfBits(view.getUint16(at, true));
    case 'BF16':
      return fromBrainBits(view.getUint16(at, true));
    case 'INT64':
      return view.getBigInt64(at, true);
    case 'UINT64':
      return view.getBigUint64(at, true);
    case 'INT32':
      return view.getInt32(at, true);
    case 'UINT32':
      return view.getUint32(at, true);
    case 'INT16':
      return view.getInt16(at, true);
    case 'UINT16':
      return view.getUint16(at, true);
    case 'INT8':
      return view.getInt8(at);
    default:
      return view.getUint8(at);
  }
}

function encodeTexts(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const parts = texts.map((text) => encoder.encode(text));
  const out = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.byteLength, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.byteLength, true);
    out.set(part, at + 4);
    at += 4 + part.byteLength;
  }
  return out;
}

function decodeTexts(bytes: Uint8Array, count: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  const texts: string[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    if (at + 4 > bytes.byteLength) throw new RangeError('a BYTES element is cut off in its length');
    const length = view.getUint32(at, true);
    if (at + 4 + length > bytes.byteLength) throw new RangeError('a BYTES element is longer than the data');
    texts.push(decoder.decode(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  if (texts.length !== count) throw new RangeError(`expected ${count} BYTES elements, got ${texts.length}`);
  return texts;
}

import { isUtf8 } from 'node:buffer';
import { RangefinderError } from '@rangefinder/base';
import {
  bfloat16ToFloat32,
  BYTES_PREFIX_BYTES,
  float16ToFloat32,
  skipBytesElements,
  typedView,
  type DataType,
} from '@rangefinder/tensor';

/** JSON text of the element at `index`, or undefined for a type without one. Elements may be asked for in any order but BYTES. */
export type ElementText = (index: number) => string;

/**
 * How the elements of a column are written, the way Feast's feature server prints its values: floats as the doubles that
 * they are, with `.0` where they are whole, so that Python reads floats; 64-bit integers as numbers; NaN and infinities as
 * the words that protobuf's JSON has for them; BYTES as text, or in base64 where they are not UTF-8.
 */
export function elementText(dataType: DataType, bytes: Uint8Array, name: string): ElementText {
  switch (dataType) {
    case 'BOOL':
      return (index) => (bytes[index] === 0 ? 'false' : 'true');
    case 'FP32':
    case 'FP64':
      return ofFloats(typedView(dataType, bytes) as Float64Array);
    case 'FP16':
      return ofFloats(float16ToFloat32(typedView(dataType, bytes) as Uint16Array));
    case 'BF16':
      return ofFloats(bfloat16ToFloat32(typedView(dataType, bytes) as Uint16Array));
    case 'BYTES':
      return ofText(bytes, name);
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
    case 'UINT8':
    case 'UINT16':
    case 'UINT32':
    case 'UINT64': {
      const values = typedView(dataType, bytes);
      return (index) => String(values[index]);
    }
    default:
      throw new RangefinderError('UNSUPPORTED', `${name}: ${dataType} has no form in JSON`, { field: name });
  }
}

function ofFloats(values: { readonly [index: number]: number }): ElementText {
  return (index) => {
    const value = values[index]!;
    if (!Number.isFinite(value)) return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
    if (Object.is(value, -0)) return '-0.0';
    const text = String(value);
    return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
  };
}

/** Elements lie one behind the other, so where each starts is found on the way. */
function ofText(bytes: Uint8Array, name: string): ElementText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let next = 0;
  let offset = 0;
  return (index) => {
    if (index < next) throw new Error(`${name}: elements are read in order`);
    offset = skipBytesElements(bytes, offset, index - next, name);
    const start = offset + BYTES_PREFIX_BYTES;
    offset = skipBytesElements(bytes, offset, 1, name, index);
    next = index + 1;
    const element = buffer.subarray(start, offset);
    return JSON.stringify(element.toString(isUtf8(element) ? 'utf8' : 'base64'));
  };
}

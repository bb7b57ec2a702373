import { invalidArgument, quoted } from '@rangefinder/base';
import {
  bytesOf,
  DATA_TYPES,
  type DataType,
  float32ToBfloat16,
  float32ToFloat16,
  writeLength,
} from '@rangefinder/tensor';
import type { FeatureSpec } from '../feature-reader.ts';
import type { FeatureValue } from './feature-value.ts';

/** A value as it lies in rows and columns: little-endian elements, or the protocol's encoding for BYTES. */
export interface EncodedValue {
  readonly bytes: Uint8Array;
  /** Elements; 1 for a scalar. */
  readonly count: number;
}

/** Bytes of one element of a BYTES feature. Longer ones belong into an object store. */
const ELEMENT_MAX_BYTES = 1024 * 1024;

const textEncoder = new TextEncoder();

/** undefined for NULL. Throws INVALID_ARGUMENT with `field` when the value does not fit the declaration. */
export function encodeValue(spec: FeatureSpec, value: FeatureValue, field: string): EncodedValue | undefined {
  if (value === null || value === undefined) return undefined;
  const { container, dataType } = spec;
  if (container === undefined) return { bytes: encodeElements(dataType, [value], () => field), count: 1 };
  const elements = elementsOf(value);
  const wanted =
    container.kind === 'vector' ? `a vector of ${container.maxLength}` : `a list of at most ${container.maxLength}`;
  if (elements === undefined)
    throw invalidArgument(field, `expected ${wanted} ${dataType} values, got ${shown(value)}`);
  const fits =
    container.kind === 'vector' ? elements.length === container.maxLength : elements.length <= container.maxLength;
  if (!fits) throw invalidArgument(field, `expected ${wanted} ${dataType} values, got ${elements.length}`);
  return { bytes: encodeElements(dataType, elements, (i) => `${field}[${i}]`), count: elements.length };
}

/** Arrays and typed arrays of numbers; a Uint8Array is a list of numbers here. */
function elementsOf(value: FeatureValue): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value;
  return ArrayBuffer.isView(value) && 'length' in value ? value : undefined;
}

type FieldOf = (index: number) => string;

function encodeElements(dataType: DataType, elements: ArrayLike<unknown>, fieldOf: FieldOf): Uint8Array {
  switch (dataType) {
    case 'BYTES':
      return encodeTexts(elements, fieldOf);
    case 'FP32':
      return bytesOf(floats(dataType, elements, fieldOf));
    case 'FP64':
      return bytesOf(
        Float64Array.from({ length: elements.length }, (_, i) => finite(elements[i], dataType, fieldOf(i))),
      );
    case 'FP16':
      return bytesOf(rounded(float32ToFloat16(floats(dataType, elements, fieldOf)), 0x7c00, dataType, fieldOf));
    case 'BF16':
      return bytesOf(rounded(float32ToBfloat16(floats(dataType, elements, fieldOf)), 0x7f80, dataType, fieldOf));
    case 'COMPLEX64':
      return bytesOf(floats(dataType, complexParts(dataType, elements, fieldOf), (i) => fieldOf(i >> 1)));
    case 'COMPLEX128':
      return bytesOf(Float64Array.from(complexParts(dataType, elements, fieldOf)));
    default:
      return encodeIntegers(dataType, elements, fieldOf);
  }
}

function floats(dataType: DataType, elements: ArrayLike<unknown>, fieldOf: FieldOf): Float32Array {
  const array = new Float32Array(elements.length);
  for (let i = 0; i < array.length; i++) {
    const given = finite(elements[i], dataType, fieldOf(i));
    array[i] = given;
    if (!Number.isFinite(array[i])) throw outOfRange(dataType, given, fieldOf(i));
  }
  return array;
}

/** Refuses what became infinite when it was rounded to 16 bits. */
function rounded(bits: Uint16Array, infinity: number, dataType: DataType, fieldOf: FieldOf): Uint16Array {
  const at = bits.findIndex((value) => (value & 0x7fff) === infinity);
  if (at >= 0) throw invalidArgument(fieldOf(at), `is outside the range of ${dataType}`);
  return bits;
}

function complexParts(dataType: DataType, elements: ArrayLike<unknown>, fieldOf: FieldOf): number[] {
  return Array.from(elements).flatMap((element, i) => {
    if (!Array.isArray(element) || element.length !== 2) {
      throw invalidArgument(fieldOf(i), `expected [real, imaginary] for ${dataType}, got ${shown(element)}`);
    }
    return [finite(element[0], dataType, fieldOf(i)), finite(element[1], dataType, fieldOf(i))];
  });
}

function finite(value: unknown, dataType: DataType, field: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'bigint') return Number(value);
  throw invalidArgument(field, `expected a finite number for ${dataType}, got ${shown(value)}`);
}

/** Integers, booleans, and the raw bits of small floats. */
function encodeIntegers(dataType: DataType, elements: ArrayLike<unknown>, fieldOf: FieldOf): Uint8Array {
  const { bits } = DATA_TYPES[dataType];
  const signed = dataType.startsWith('INT');
  const bytes = new Uint8Array(Math.ceil((elements.length * bits) / 8));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < elements.length; i++) {
    const value = integer(dataType, elements[i], signed, fieldOf(i));
    if (bits === 64) view.setBigInt64(i * 8, BigInt.asIntN(64, BigInt(value)), true);
    else if (bits === 32) view.setUint32(i * 4, Number(value), true);
    else if (bits === 16) view.setUint16(i * 2, Number(value), true);
    else if (bits === 8) bytes[i] = Number(value);
    else bytes[i >> 1]! |= (Number(value) & 0xf) << ((i & 1) * 4);
  }
  return bytes;
}

function integer(dataType: DataType, value: unknown, signed: boolean, field: string): number | bigint {
  if (dataType === 'BOOL') {
    if (value === true || value === 1) return 1;
    if (value === false || value === 0) return 0;
    throw invalidArgument(field, `expected true or false for BOOL, got ${shown(value)}`);
  }
  const exact = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (!exact) throw invalidArgument(field, `expected an integer for ${dataType}, got ${shown(value)}`);
  const { bits } = DATA_TYPES[dataType];
  const wide = BigInt(value);
  const fits = signed ? BigInt.asIntN(bits, wide) === wide : BigInt.asUintN(bits, wide) === wide;
  if (!fits) throw outOfRange(dataType, value, field);
  return value;
}

function encodeTexts(elements: ArrayLike<unknown>, fieldOf: FieldOf): Uint8Array {
  const parts = Array.from(elements, (element, i) => {
    const bytes = typeof element === 'string' ? textEncoder.encode(element) : element;
    if (!(bytes instanceof Uint8Array))
      throw invalidArgument(fieldOf(i), `expected text or bytes, got ${shown(element)}`);
    if (bytes.length > ELEMENT_MAX_BYTES) {
      throw invalidArgument(fieldOf(i), `has ${bytes.length} bytes, the limit is ${ELEMENT_MAX_BYTES}`);
    }
    return bytes;
  });
  const encoded = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    writeLength(encoded, offset, part.length);
    encoded.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return encoded;
}

function outOfRange(dataType: DataType, value: number | bigint, field: string): Error {
  return invalidArgument(field, `${value} is outside the range of ${dataType}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null) return 'null';
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'a list';
  return value === undefined ? 'nothing' : `a value of type ${typeof value}`;
}

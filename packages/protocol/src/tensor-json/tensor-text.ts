import { RangefinderError } from '@rangefinder/base';
import { BYTES_PREFIX_BYTES, skipBytesElements, typedView, type Tensor } from '@rangefinder/tensor';
import { CLOSE_BRACKET, COMMA, MINUS, OPEN_BRACKET } from '../json/characters.ts';
import { writeFloat32 } from '../json/float32-text.ts';
import type { Slices } from '../json/slices.ts';
import { writeShortUtf8String, writeUtf8String } from '../json/text-writer.ts';
import type { JsonWriter } from '../json/writer.ts';

/** Elements between two looks at how much was written. */
const BATCH_ELEMENTS = 512;
const TWO_32 = 2 ** 32;
const EXACT_HIGH = 2 ** 20;

/**
 * The elements of a tensor as a flat JSON array. Floats have as few digits as reading them back needs. NaN and Infinity have
 * no JSON, nor have BYTES that are not UTF-8: both are UNSUPPORTED with the advice to ask for binary data, since null or a
 * word outside the grammar would only move the failure into the client, or worse, hide it.
 */
export function* writeTensorData(writer: JsonWriter, tensor: Tensor, field: string): Slices<void> {
  writer.byte(OPEN_BRACKET);
  if (tensor.dataType === 'BYTES') yield* writeStrings(writer, tensor, field);
  else yield* writeScalars(writer, tensor, field);
  writer.byte(CLOSE_BRACKET);
}

/** FP16, BF16 and what the protocol does not know have no JSON form; INVALID_ARGUMENT, as it is the request that is wrong. */
export function refuseJson(field: string, dataType: string): RangefinderError {
  return new RangefinderError('INVALID_ARGUMENT', `${field}: ${dataType} cannot travel in JSON; ask for binary_data`, {
    field,
  });
}

type WriteElement = (writer: JsonWriter, index: number) => boolean;

function* writeScalars(writer: JsonWriter, tensor: Tensor, field: string): Slices<void> {
  const writeElement = elementWriter(tensor, field);
  const view = typedView(tensor.dataType, tensor.bytes);
  for (let start = 0; start < view.length; start += BATCH_ELEMENTS) {
    if (writer.mustPause) {
      yield;
      writer.resume();
    }
    const end = Math.min(view.length, start + BATCH_ELEMENTS);
    for (let index = start; index < end; index++) {
      if (index > 0) writer.byte(COMMA);
      if (!writeElement(writer, index)) {
        throw notInJson(field, `element ${index} is ${view[index]}, which JSON cannot carry`);
      }
    }
  }
}

/** A function for each kind of type; it returns false for a value that JSON cannot carry. */
function elementWriter(tensor: Tensor, field: string): WriteElement {
  const { dataType, bytes } = tensor;
  switch (dataType) {
    case 'BOOL':
      return (writer, index) => {
        writer.ascii(bytes[index] === 0 ? 'false' : 'true');
        return true;
      };
    case 'FP32': {
      const values = typedView(dataType, bytes) as Float32Array;
      return (writer, index) => {
        const value = values[index]!;
        if (!Number.isFinite(value)) return false;
        writeFloat32(writer, value);
        return true;
      };
    }
    case 'FP64': {
      const values = typedView(dataType, bytes) as Float64Array;
      return (writer, index) => {
        const value = values[index]!;
        if (!Number.isFinite(value)) return false;
        writer.ascii(Object.is(value, -0) ? '-0' : String(value));
        return true;
      };
    }
    case 'INT64':
    case 'UINT64':
      return integer64Writer(typedView(dataType, bytes) as BigInt64Array);
    case 'UINT8':
    case 'UINT16':
    case 'UINT32':
    case 'INT8':
    case 'INT16':
    case 'INT32': {
      const values = typedView(dataType, bytes) as Int32Array;
      return (writer, index) => writeInteger(writer, values[index]!);
    }
    default:
      throw refuseJson(field, dataType);
  }
}

function integer64Writer(values: BigInt64Array): WriteElement {
  const isSigned = values instanceof BigInt64Array;
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  return (writer, index) => {
    const low = halves[index * 2]! >>> 0;
    const high = isSigned ? halves[index * 2 + 1]! : halves[index * 2 + 1]! >>> 0;
    if (high >= -EXACT_HIGH && high < EXACT_HIGH) return writeInteger(writer, high * TWO_32 + low);
    writer.ascii(String(values[index]));
    return true;
  };
}

function writeInteger(writer: JsonWriter, value: number): boolean {
  if (value < 0) writer.byte(MINUS);
  writer.integer(Math.abs(value));
  return true;
}

function* writeStrings(writer: JsonWriter, tensor: Tensor, field: string): Slices<void> {
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  let offset = 0;
  for (let index = 0; index < count; index++) {
    const end = skipBytesElements(tensor.bytes, offset, 1, field, index);
    if (index > 0) writer.byte(COMMA);
    const start = offset + BYTES_PREFIX_BYTES;
    const isWritten =
      writeShortUtf8String(writer, tensor.bytes, start, end) ||
      (yield* writeUtf8String(writer, tensor.bytes.subarray(start, end)));
    if (!isWritten) {
      throw notInJson(field, `element ${index} is not UTF-8, which JSON cannot carry`);
    }
    offset = end;
    if (writer.mustPause) {
      yield;
      writer.resume();
    }
  }
}

function notInJson(field: string, problem: string): RangefinderError {
  return new RangefinderError('UNSUPPORTED', `${field}: ${problem}; ask for binary_data`, { field });
}

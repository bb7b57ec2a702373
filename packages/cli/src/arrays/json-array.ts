import { DEFAULT_LIMITS, invalidArgument } from '@rangefinder/base';
import { elementCount, encodeStringElements, isDataType, type DataType, type Shape } from '@rangefinder/tensor';
import type { ArrayData } from './array-data.ts';
import { jsonLine } from '../terminal/json-text.ts';
import { misfit, viewOf } from './cast.ts';
import { elementCodec, type Scalar } from './element-codec.ts';

const EXCERPT_CHARACTERS_MAX = 60;

/**
 * An array out of JSON text: a number, string or boolean (shape []), nested lists, or the protocol's own tensor object
 * `{"shape": [...], "datatype": "...", "data": [...]}`. Integers of any size keep every digit. Float types also take the
 * strings "NaN", "Infinity" and "-Infinity", which JSON has no numbers for.
 *
 * @throws INVALID_ARGUMENT naming `field` and the element.
 */
export function arrayFromJson(text: string, dataType: DataType, field: string): ArrayData {
  return arrayFromJsonValue(parseExactJson(text, field), dataType, field);
}

export function arrayFromJsonValue(value: unknown, dataType: DataType, field: string): ArrayData {
  if (isTensorObject(value)) return arrayFromTensorObject(value, dataType, field);
  const flat: unknown[] = [];
  const shape = flatten(value, flat, field);
  return { dataType, shape, bytes: encodeElements(flat, dataType, field) };
}

/** JSON.parse that turns integers beyond 2^53 into BigInt instead of rounding them. */
export function parseExactJson(text: string, field: string): unknown {
  const keepDigits = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    const isRounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    return isRounded && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context?.source ?? '') : value;
  };
  try {
    // A reviver visits every element, so it is used only where the text holds a number long enough to need it.
    return /\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (error) {
    throw invalidArgument(field, `not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface TensorObject {
  readonly data: unknown;
  readonly shape?: unknown;
  readonly datatype?: unknown;
}

function isTensorObject(value: unknown): value is TensorObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'data' in value;
}

function arrayFromTensorObject(object: TensorObject, declared: DataType, field: string): ArrayData {
  const dataType = object.datatype === undefined ? declared : object.datatype;
  if (typeof dataType !== 'string' || !isDataType(dataType))
    throw invalidArgument(`${field}.datatype`, `unknown type ${excerpt(dataType)}`);
  const array = arrayFromJsonValue(object.data, dataType, `${field}.data`);
  if (object.shape === undefined) return array;
  const shape = object.shape;
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw invalidArgument(`${field}.shape`, 'expected a list of sizes, 0 or more');
  }
  if (elementCount(shape) !== elementCount(array.shape)) {
    throw invalidArgument(
      `${field}.shape`,
      `[${shape.join(',')}] has ${elementCount(shape)} elements, data has ${elementCount(array.shape)}`,
    );
  }
  return { ...array, shape };
}

function flatten(value: unknown, flat: unknown[], field: string): Shape {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  if (shape.length > DEFAULT_LIMITS.tensorRank)
    throw invalidArgument(field, `nested deeper than ${DEFAULT_LIMITS.tensorRank} lists`);
  collect(value, shape, 0, flat, field);
  return shape;
}

function collect(value: unknown, shape: Shape, axis: number, flat: unknown[], where: string): void {
  if (axis === shape.length) {
    if (Array.isArray(value)) throw invalidArgument(where, 'a list where its neighbours are single values');
    flat.push(value);
    return;
  }
  if (!Array.isArray(value) || value.length !== shape[axis]) {
    const found = Array.isArray(value) ? `a list of ${value.length}` : 'a single value';
    throw invalidArgument(where, `${found} where its neighbours are lists of ${shape[axis]}`);
  }
  for (let i = 0; i < value.length; i += 1) collect(value[i], shape, axis + 1, flat, `${where}[${i}]`);
}

function encodeElements(values: readonly unknown[], dataType: DataType, field: string): Uint8Array {
  if (dataType === 'BYTES')
    return encodeStringElements(values.map((value, i) => requireString(value, `${field}, element ${i}`)));
  const codec = elementCodec(dataType);
  if (codec === undefined) throw invalidArgument(field, `${dataType} cannot be given as JSON; use a .npy or .bin file`);
  const bytes = new Uint8Array(values.length * codec.byteLength);
  const view = viewOf(bytes);
  values.forEach((value, i) => {
    const scalar = scalarOf(value, codec.kind === 'float');
    if (scalar === undefined)
      throw invalidArgument(field, `element ${i} is ${excerpt(value)}, not a number for ${dataType}`);
    const problem = misfit(scalar, codec, dataType);
    if (problem !== undefined) throw invalidArgument(field, `element ${i} ${problem}`);
    codec.write(view, i * codec.byteLength, scalar);
  });
  return bytes;
}

function scalarOf(value: unknown, float: boolean): Scalar | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return float && (value === 'NaN' || value === 'Infinity' || value === '-Infinity') ? Number(value) : undefined;
}

function requireString(value: unknown, field: string): string {
  if (typeof value !== 'string') throw invalidArgument(field, `expected a string, found ${excerpt(value)}`);
  return value;
}

/** A value as it was typed, short enough for a message. */
function excerpt(value: unknown): string {
  const text = jsonLine(value);
  return text.length > EXCERPT_CHARACTERS_MAX ? `${text.slice(0, EXCERPT_CHARACTERS_MAX)}…` : text;
}

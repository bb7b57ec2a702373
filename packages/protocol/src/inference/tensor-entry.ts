import { RangefinderError } from '@rangefinder/base';
import { checkedByteLength, checkedElementCount, DATA_TYPES, isDataType, type DataType } from '@rangefinder/tensor';
import { OPEN_BRACE, OPEN_BRACKET } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { KnownWords } from '../json/known-words.ts';
import { SeenKeys } from '../json/seen-keys.ts';
import type { Slices } from '../json/slices.ts';
import { skipShortValue, skipValue } from '../json/value.ts';
import { readTensorData } from '../tensor-json/tensor-data.ts';
import type { InferLimits } from './decode-options.ts';
import { readCount, readKey, readName } from './json-members.ts';

/** One element of `inputs` in a request, or of `outputs` in a response: the tensor's head, and its data if they are in the JSON. */
export interface TensorEntry {
  name: string | undefined;
  dataType: DataType | undefined;
  shape: number[] | undefined;
  elements: number;
  bytes: Uint8Array | undefined;
  /** Length of its blob behind the JSON; undefined where it has none. */
  binaryDataSize: number | undefined;
  /** Where `data` begins if it came before type or shape were known; -1 otherwise. */
  deferredDataAt: number;
}

const DATA_TYPE_NAMES = new KnownWords(Object.keys(DATA_TYPES));

export type CompleteTensorEntry = TensorEntry & { name: string; dataType: DataType; shape: number[] };

/** Parameters that ask for shared memory; refused by name, so that nobody takes silence for support. */
export function refuseSharedMemory(cursor: JsonCursor, key: string): void {
  if (!key.startsWith('shared_memory_')) return;
  throw new RangefinderError(
    'UNSUPPORTED',
    `${cursor.field}: shared memory is not supported; send the tensor in the request`,
    {
      field: cursor.field,
    },
  );
}

/** Reads the object at the cursor. Throws INVALID_ARGUMENT for a missing or contradictory member. */
export function* readTensorEntry(
  cursor: JsonCursor,
  scope: string,
  index: number,
  limits: InferLimits,
): Slices<CompleteTensorEntry> {
  cursor.at(scope, index);
  const entry: TensorEntry = {
    name: undefined,
    dataType: undefined,
    shape: undefined,
    elements: 0,
    bytes: undefined,
    binaryDataSize: undefined,
    deferredDataAt: -1,
  };
  const start = cursor.position;
  if (cursor.begin(OPEN_BRACE, 'an object')) {
    const seen = new SeenKeys();
    do {
      if (cursor.mustPause) {
        yield;
        cursor.resume();
      }
      cursor.member = '';
      const key = readKey(cursor, seen);
      if (!readHeadMember(cursor, entry, key, limits)) yield* readBodyMember(cursor, entry, key, limits);
    } while (cursor.another(OPEN_BRACE));
  }
  cursor.member = '';
  const complete = requireHead(cursor, entry, start);
  const hasJsonData = entry.bytes !== undefined || entry.deferredDataAt >= 0;
  if (hasJsonData && entry.binaryDataSize !== undefined) {
    throw cursor.fail("has both 'data' and 'parameters.binary_data_size'; it starts", start);
  }
  if (!hasJsonData && entry.binaryDataSize === undefined) {
    throw cursor.fail("has neither 'data' nor 'parameters.binary_data_size'; it starts", start);
  }
  if (entry.deferredDataAt >= 0) yield* readDeferredData(cursor, complete, limits);
  return complete;
}

/** Members that are short; false for the others. */
function readHeadMember(cursor: JsonCursor, entry: TensorEntry, key: string, limits: InferLimits): boolean {
  cursor.member = key;
  if (key === 'name') entry.name = readName(cursor, limits.nameCharacters);
  else if (key === 'datatype') entry.dataType = readDataType(cursor);
  else if (key === 'shape') {
    entry.shape = readShape(cursor, limits);
    entry.elements = checkedElementCount(entry.shape, limits, cursor.field);
  } else return key !== 'parameters' && key !== 'data' && skipShortValue(cursor);
  return true;
}

function* readBodyMember(cursor: JsonCursor, entry: TensorEntry, key: string, limits: InferLimits): Slices<void> {
  if (key === 'parameters') return yield* readEntryParameters(cursor, entry);
  if (key !== 'data') return yield* skipValue(cursor);
  if (entry.dataType !== undefined && entry.shape !== undefined) {
    entry.bytes = yield* readData(cursor, entry as CompleteTensorEntry, limits);
  } else {
    entry.deferredDataAt = cursor.position;
    yield* skipValue(cursor);
  }
}

function* readEntryParameters(cursor: JsonCursor, entry: TensorEntry): Slices<void> {
  if (!cursor.begin(OPEN_BRACE, 'an object')) return;
  const seen = new SeenKeys();
  do {
    if (cursor.mustPause) {
      yield;
      cursor.resume();
    }
    cursor.member = 'parameters';
    const name = readKey(cursor, seen);
    cursor.member = parameterField(name);
    refuseSharedMemory(cursor, name);
    if (name === 'binary_data_size') entry.binaryDataSize = readCount(cursor);
    else if (!skipShortValue(cursor)) yield* skipValue(cursor);
  } while (cursor.another(OPEN_BRACE));
}

/** How errors name a parameter; without a new string for the one that nearly every request has. */
function parameterField(name: string): string {
  return name === 'binary_data_size' ? 'parameters.binary_data_size' : `parameters.${name}`;
}

function* readDeferredData(cursor: JsonCursor, entry: CompleteTensorEntry, limits: InferLimits): Slices<void> {
  const behind = cursor.position;
  cursor.position = entry.deferredDataAt;
  cursor.resume();
  cursor.member = 'data';
  // As deep as it was inside the object.
  cursor.enter();
  entry.bytes = yield* readData(cursor, entry, limits);
  cursor.leave();
  cursor.position = behind;
  cursor.resume();
}

function* readData(cursor: JsonCursor, entry: CompleteTensorEntry, limits: InferLimits): Slices<Uint8Array> {
  const { dataType, shape, elements } = entry;
  if (dataType === 'FP16' || dataType === 'BF16' || !DATA_TYPES[dataType].inProtocol) {
    throw cursor.fail(`${dataType} cannot travel in JSON; send it as binary data. JSON data found`);
  }
  checkedByteLength(dataType, elements, limits, cursor.field);
  return yield* readTensorData(cursor, { dataType, shape, elements, tensorBytes: limits.tensorBytes });
}

function requireHead(cursor: JsonCursor, entry: TensorEntry, start: number): CompleteTensorEntry {
  const missing =
    entry.name === undefined
      ? 'name'
      : entry.dataType === undefined
        ? 'datatype'
        : entry.shape === undefined
          ? 'shape'
          : '';
  if (missing !== '') throw cursor.fail(`has no '${missing}'; it starts`, start);
  if (entry.name === '') throw cursor.fail("'name' is empty; it starts", start);
  return entry as CompleteTensorEntry;
}

function readDataType(cursor: JsonCursor): DataType {
  const start = cursor.position;
  const name = cursor.knownString(DATA_TYPE_NAMES) ?? readName(cursor, 64);
  if (!isDataType(name)) throw cursor.fail(`unknown type '${name}'`, start);
  return name;
}

function readShape(cursor: JsonCursor, limits: InferLimits): number[] {
  const shape: number[] = [];
  if (!cursor.begin(OPEN_BRACKET, 'an array of sizes')) return shape;
  do {
    if (shape.length === limits.tensorRank) throw cursor.fail(`has more than ${limits.tensorRank} dimensions`);
    shape.push(readCount(cursor));
  } while (cursor.another(OPEN_BRACKET));
  return shape;
}

import { RangefinderError } from '@rangefinder/base';
import { checkedByteLength, checkedElementCount, DATA_TYPES, isDataType, type DataType } from '@rangefinder/tensor';
import { OPEN_BRACKET } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import type { Slices } from '../json/slices.ts';
import { skipValue } from '../json/value.ts';
import { readTensorData } from '../tensor-json/tensor-data.ts';
import type { InferLimits } from './decode-options.ts';
import { readCount, readMembers, readName } from './json-members.ts';

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
  yield* readMembers(cursor, 'an object', (key) => readEntryMember(cursor, entry, key, limits));
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

function* readEntryMember(cursor: JsonCursor, entry: TensorEntry, key: string, limits: InferLimits): Slices<void> {
  cursor.member = key;
  switch (key) {
    case 'name':
      entry.name = readName(cursor, limits.nameCharacters);
      return;
    case 'datatype':
      entry.dataType = readDataType(cursor);
      return;
    case 'shape':
      entry.shape = readShape(cursor, limits);
      entry.elements = checkedElementCount(entry.shape, limits, cursor.field);
      return;
    case 'parameters':
      return yield* readMembers(cursor, 'an object', (name) => readEntryParameter(cursor, entry, name));
    case 'data':
      if (entry.dataType !== undefined && entry.shape !== undefined) {
        entry.bytes = yield* readData(cursor, entry as CompleteTensorEntry, limits);
        return;
      }
      entry.deferredDataAt = cursor.position;
      return yield* skipValue(cursor);
    default:
      return yield* skipValue(cursor);
  }
}

function* readEntryParameter(cursor: JsonCursor, entry: TensorEntry, name: string): Slices<void> {
  cursor.member = `parameters.${name}`;
  refuseSharedMemory(cursor, name);
  if (name === 'binary_data_size') entry.binaryDataSize = readCount(cursor);
  else yield* skipValue(cursor);
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
  for (const [key, value] of [
    ['name', entry.name],
    ['datatype', entry.dataType],
    ['shape', entry.shape],
  ] as const) {
    if (value === undefined) throw cursor.fail(`has no '${key}'; it starts`, start);
  }
  if (entry.name === '') throw cursor.fail("'name' is empty; it starts", start);
  return entry as CompleteTensorEntry;
}

function readDataType(cursor: JsonCursor): DataType {
  const start = cursor.position;
  const name = readName(cursor, 64);
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

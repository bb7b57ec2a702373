import { invalidArgument } from '@rangefinder/base';
import type { InferenceRequest, RequestedOutput, RequestParameters } from '@rangefinder/tensor';
import { OPEN_BRACE, OPEN_BRACKET } from '../json/characters.ts';
import { JsonCursor } from '../json/cursor.ts';
import { endDocument, startDocument } from '../json/document.ts';
import { SeenKeys } from '../json/seen-keys.ts';
import { runSlices, type Slices } from '../json/slices.ts';
import { skipShortValue, skipValue } from '../json/value.ts';
import { readBlobs } from './blobs.ts';
import type { InferLimits, InferRequestBody } from './decode-options.ts';
import { readBoolean, readCount, readKey, readName } from './json-members.ts';
import { readRawRequest } from './raw-input.ts';
import { NO_PARAMETERS, readRequestParameters } from './request-parameters.ts';
import { readTensorEntry, refuseSharedMemory, type CompleteTensorEntry } from './tensor-entry.ts';

/**
 * The body of `POST /v2/models/M/infer`: JSON, JSON followed by binary tensors, or one raw tensor. Synchronous for small
 * bodies, a promise for large ones, which are read in slices of about a millisecond. Throws (or rejects with)
 * INVALID_ARGUMENT, UNSUPPORTED (shared memory) or PAYLOAD_TOO_LARGE, naming the field and the byte; members that the
 * protocol does not know are ignored, as Triton does.
 */
export function decodeInferRequest(request: InferRequestBody): InferenceRequest | Promise<InferenceRequest> {
  return runSlices(
    request.headerLength === 0 ? readRawRequest(request) : readRequest(request),
    request.yieldToEventLoop,
  );
}

/** The value of an Inference-Header-Content-Length header; undefined where it is absent. Throws INVALID_ARGUMENT. */
export function parseHeaderLength(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const length = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(length)) {
    throw invalidArgument(
      'Inference-Header-Content-Length',
      `expected a number of bytes, found '${value.slice(0, 40)}'`,
    );
  }
  return length;
}

function* readRequest(request: InferRequestBody): Slices<InferenceRequest> {
  const { body, headerLength, limits } = request;
  if (
    headerLength !== undefined &&
    !(Number.isInteger(headerLength) && headerLength > 0 && headerLength <= body.length)
  ) {
    throw invalidArgument(
      'Inference-Header-Content-Length',
      `${headerLength} is not within the body of ${body.length} bytes`,
    );
  }
  const cursor = new JsonCursor(
    headerLength === undefined ? body : body.subarray(0, headerLength),
    limits.jsonDepth,
    request.sliceBytes,
  );
  startDocument(cursor);
  let id = '';
  let parameters: RequestParameters = NO_PARAMETERS;
  let entries: CompleteTensorEntry[] | undefined;
  let outputs: RequestedOutput[] = [];
  if (cursor.begin(OPEN_BRACE, 'an object')) {
    const seen = new SeenKeys();
    do {
      if (cursor.mustPause) {
        yield;
        cursor.resume();
      }
      cursor.at('request body');
      const key = readKey(cursor, seen);
      cursor.at(key);
      if (key === 'inputs') entries = yield* readInputs(cursor, limits, headerLength !== undefined);
      else if (key === 'outputs') outputs = yield* readOutputs(cursor, limits);
      else if (key === 'id') id = readName(cursor, limits.nameCharacters);
      else if (key === 'parameters') parameters = yield* readRequestParameters(cursor, limits.nameCharacters);
      else if (!skipShortValue(cursor)) yield* skipValue(cursor);
    } while (cursor.another(OPEN_BRACE));
  }
  endDocument(cursor);
  if (entries === undefined) throw invalidArgument('inputs', 'is missing');
  const inputs = yield* readBlobs(body, headerLength ?? body.length, 'inputs', entries, limits);
  return { modelName: request.modelName, modelVersion: request.modelVersion, id, inputs, outputs, parameters };
}

function* readInputs(cursor: JsonCursor, limits: InferLimits, mayHaveBlobs: boolean): Slices<CompleteTensorEntry[]> {
  const entries: CompleteTensorEntry[] = [];
  const names = new Set<string>();
  if (!cursor.begin(OPEN_BRACKET, 'an array')) return entries;
  do {
    const start = cursor.position;
    if (entries.length === limits.requestInputs) throw cursor.fail(`has more than ${limits.requestInputs} inputs`);
    const entry = yield* readTensorEntry(cursor, 'inputs', entries.length, limits);
    if (names.has(entry.name)) throw cursor.fail(`input '${entry.name}' comes twice; the second starts`, start);
    if (entry.binaryDataSize !== undefined && !mayHaveBlobs) {
      throw cursor.fail("'binary_data_size' needs the Inference-Header-Content-Length header; the input starts", start);
    }
    names.add(entry.name);
    entries.push(entry);
    cursor.at('inputs');
  } while (cursor.another(OPEN_BRACKET));
  return entries;
}

function* readOutputs(cursor: JsonCursor, limits: InferLimits): Slices<RequestedOutput[]> {
  const outputs: RequestedOutput[] = [];
  const names = new Set<string>();
  if (!cursor.begin(OPEN_BRACKET, 'an array')) return outputs;
  do {
    const start = cursor.position;
    if (outputs.length === limits.requestOutputs) throw cursor.fail(`has more than ${limits.requestOutputs} outputs`);
    const output = yield* readOutput(cursor, outputs.length, limits);
    if (names.has(output.name)) throw cursor.fail(`output '${output.name}' comes twice; the second starts`, start);
    names.add(output.name);
    outputs.push(output);
    cursor.at('outputs');
  } while (cursor.another(OPEN_BRACKET));
  return outputs;
}

function* readOutput(cursor: JsonCursor, index: number, limits: InferLimits): Slices<RequestedOutput> {
  const output: RequestedOutputDraft = { name: '', binaryData: undefined, classificationCount: 0 };
  const start = cursor.position;
  cursor.at('outputs', index);
  if (cursor.begin(OPEN_BRACE, 'an object')) {
    const seen = new SeenKeys();
    do {
      cursor.member = '';
      const key = readKey(cursor, seen);
      cursor.member = key;
      if (key === 'name') output.name = readName(cursor, limits.nameCharacters);
      else if (key === 'parameters') yield* readOutputParameters(cursor, output);
      else if (!skipShortValue(cursor)) yield* skipValue(cursor);
    } while (cursor.another(OPEN_BRACE));
  }
  cursor.member = '';
  if (output.name === '') throw cursor.fail("has no 'name'; it starts", start);
  return output;
}

interface RequestedOutputDraft {
  name: string;
  binaryData: boolean | undefined;
  classificationCount: number;
}

function* readOutputParameters(cursor: JsonCursor, output: RequestedOutputDraft): Slices<void> {
  if (!cursor.begin(OPEN_BRACE, 'an object')) return;
  const seen = new SeenKeys();
  do {
    if (cursor.mustPause) {
      yield;
      cursor.resume();
    }
    cursor.member = 'parameters';
    const name = readKey(cursor, seen);
    cursor.member = name === 'binary_data' ? 'parameters.binary_data' : `parameters.${name}`;
    refuseSharedMemory(cursor, name);
    if (name === 'binary_data') output.binaryData = readBoolean(cursor);
    else if (name === 'classification') output.classificationCount = readCount(cursor);
    else if (!skipShortValue(cursor)) yield* skipValue(cursor);
  } while (cursor.another(OPEN_BRACE));
}

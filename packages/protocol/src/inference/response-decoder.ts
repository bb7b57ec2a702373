import { invalidArgument } from '@rangefinder/base';
import type { InferenceResponse, ParameterValue } from '@rangefinder/tensor';
import { OPEN_BRACE, OPEN_BRACKET } from '../json/characters.ts';
import { JsonCursor } from '../json/cursor.ts';
import { endDocument, startDocument } from '../json/document.ts';
import { SeenKeys } from '../json/seen-keys.ts';
import { runSlices, type Slices } from '../json/slices.ts';
import { skipValue } from '../json/value.ts';
import { readBlobs } from './blobs.ts';
import type { InferLimits, Slicing } from './decode-options.ts';
import { readKey, readName } from './json-members.ts';
import { defineOwn, readParameterValue } from './request-parameters.ts';
import { readTensorEntry, type CompleteTensorEntry } from './tensor-entry.ts';

export interface InferResponseBody extends Slicing {
  readonly body: Uint8Array;
  /** The Inference-Header-Content-Length header; undefined when it is absent. */
  readonly headerLength: number | undefined;
  readonly limits: InferLimits;
}

/** The body of an inference response, for clients; tensors in binary are views on it. Throws INVALID_ARGUMENT naming the field. */
export function decodeInferResponse(response: InferResponseBody): InferenceResponse | Promise<InferenceResponse> {
  return runSlices(readResponse(response), response.yieldToEventLoop);
}

function* readResponse(response: InferResponseBody): Slices<InferenceResponse> {
  const { body, headerLength, limits } = response;
  if (headerLength !== undefined && !(headerLength > 0 && headerLength <= body.length)) {
    throw invalidArgument(
      'Inference-Header-Content-Length',
      `${headerLength} is not within the body of ${body.length} bytes`,
    );
  }
  const cursor = new JsonCursor(
    headerLength === undefined ? body : body.subarray(0, headerLength),
    limits.jsonDepth,
    response.sliceBytes,
  );
  startDocument(cursor);
  const names = { model_name: '', model_version: '', id: '' };
  let parameters: Record<string, ParameterValue> = {};
  let entries: CompleteTensorEntry[] = [];
  if (cursor.begin(OPEN_BRACE, 'an object')) {
    const seen = new SeenKeys();
    do {
      cursor.at('response body');
      const key = readKey(cursor, seen);
      cursor.at(key);
      if (key === 'model_name' || key === 'model_version' || key === 'id') {
        names[key] = readName(cursor, limits.nameCharacters);
      } else if (key === 'outputs') entries = yield* readOutputs(cursor, limits);
      else if (key === 'parameters') parameters = yield* readParameters(cursor);
      else yield* skipValue(cursor);
    } while (cursor.another(OPEN_BRACE));
  }
  endDocument(cursor);
  const outputs = yield* readBlobs(body, headerLength ?? body.length, 'outputs', entries, limits);
  return { modelName: names.model_name, modelVersion: names.model_version, id: names.id, outputs, parameters };
}

function* readParameters(cursor: JsonCursor): Slices<Record<string, ParameterValue>> {
  const parameters: Record<string, ParameterValue> = {};
  if (!cursor.begin(OPEN_BRACE, 'an object')) return parameters;
  const seen = new SeenKeys();
  do {
    const name = readKey(cursor, seen);
    defineOwn(parameters, name, yield* readParameterValue(cursor));
  } while (cursor.another(OPEN_BRACE));
  return parameters;
}

function* readOutputs(cursor: JsonCursor, limits: InferLimits): Slices<CompleteTensorEntry[]> {
  const entries: CompleteTensorEntry[] = [];
  if (!cursor.begin(OPEN_BRACKET, 'an array')) return entries;
  do {
    entries.push(yield* readTensorEntry(cursor, 'outputs', entries.length, limits));
    cursor.at('outputs');
  } while (cursor.another(OPEN_BRACKET));
  return entries;
}

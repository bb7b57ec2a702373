import type { InferenceResponse } from '@rangefinder/tensor';
import { runSlices, type Slices } from '../json/slices.ts';
import { JsonWriter } from '../json/writer.ts';
import { encodedBody, firstChunkBytes, parametersJson, writeTensorEntry, type EncodedBody } from './body-writer.ts';
import type { Slicing } from './decode-options.ts';
import { wantsBinary, type OutputWishes } from './output-format.ts';

/**
 * The body of an inference response, each output in the form the request asked for. Synchronous for small bodies, a promise
 * for large JSON ones, which are written in slices of about a millisecond. Throws (or rejects with) INVALID_ARGUMENT for a
 * type that has no JSON form, UNSUPPORTED for a value that has none (NaN, Infinity, BYTES that are not UTF-8).
 */
export function encodeInferResponse(
  response: InferenceResponse,
  request: OutputWishes,
  options: Slicing = {},
): EncodedBody | Promise<EncodedBody> {
  return runSlices(writeResponse(response, request, options.sliceBytes), options.yieldToEventLoop);
}

function* writeResponse(
  response: InferenceResponse,
  request: OutputWishes,
  sliceBytes: number | undefined,
): Slices<EncodedBody> {
  const { outputs } = response;
  const isBinary = outputs.map((output) => wantsBinary(request, output.name));
  const writer = new JsonWriter(
    firstChunkBytes(outputs, (output) => isBinary[outputs.indexOf(output)]!),
    sliceBytes,
  );
  writer.text(responseHead(response));
  for (const [index, output] of outputs.entries()) {
    if (index > 0) writer.text(',');
    yield* writeTensorEntry(writer, output, isBinary[index]!, `output '${output.name}'`);
  }
  writer.text(']}');
  return encodedBody(
    writer,
    outputs.filter((_, index) => isBinary[index]).map((output) => output.bytes),
  );
}

/** `id` is left out when empty, `model_version` is a string: clients count on both. */
function responseHead(response: InferenceResponse): string {
  const { id, modelName, modelVersion } = response;
  const parameters = parametersJson(response.parameters);
  return (
    `{"model_name":${JSON.stringify(modelName)},"model_version":${JSON.stringify(modelVersion)},` +
    (id === '' ? '' : `"id":${JSON.stringify(id)},`) +
    (parameters === '' ? '' : `"parameters":{${parameters}},`) +
    '"outputs":['
  );
}

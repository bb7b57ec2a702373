import type { InferenceRequest, RequestedOutput, Tensor } from '@rangefinder/tensor';
import { runSlices, type Slices } from '../json/slices.ts';
import { JsonWriter } from '../json/writer.ts';
import { encodedBody, firstChunkBytes, parametersJson, writeTensorEntry, type EncodedBody } from './body-writer.ts';
import type { Slicing } from './decode-options.ts';
import { isJsonDataType } from './output-format.ts';

export interface RequestEncoding extends Slicing {
  /** Inputs as binary data; what has no JSON form always is. */
  readonly binary: boolean;
}

/** The body of an inference request, for clients. Throws UNSUPPORTED for a value that JSON cannot carry. */
export function encodeInferRequest(
  request: Pick<InferenceRequest, 'id' | 'inputs' | 'outputs' | 'parameters'>,
  encoding: RequestEncoding,
): EncodedBody | Promise<EncodedBody> {
  return runSlices(writeRequest(request, encoding), encoding.yieldToEventLoop);
}

function* writeRequest(
  request: Pick<InferenceRequest, 'id' | 'inputs' | 'outputs' | 'parameters'>,
  encoding: RequestEncoding,
): Slices<EncodedBody> {
  const { id, inputs, outputs, parameters } = request;
  const isBinary = (tensor: Tensor): boolean => encoding.binary || !isJsonDataType(tensor.dataType);
  const writer = new JsonWriter(firstChunkBytes(inputs, isBinary), encoding.sliceBytes);
  const given = {
    ...parameters.other,
    ...(parameters.priority > 0 && { priority: parameters.priority }),
    ...(parameters.timeoutUs > 0 && { timeout: parameters.timeoutUs }),
  };
  const allParameters = parametersJson(given);
  writer.text('{');
  if (id !== '') writer.text(`"id":${JSON.stringify(id)},`);
  if (allParameters !== '') writer.text(`"parameters":{${allParameters}},`);
  writer.text('"inputs":[');
  for (const [index, input] of inputs.entries()) {
    if (index > 0) writer.text(',');
    yield* writeTensorEntry(writer, input, isBinary(input), `input '${input.name}'`);
  }
  writer.text(outputs.length === 0 ? ']}' : `],"outputs":[${outputs.map(requestedOutput).join(',')}]}`);
  return encodedBody(
    writer,
    inputs.filter(isBinary).map((input) => input.bytes),
  );
}

function requestedOutput(output: RequestedOutput): string {
  const parameters = parametersJson({
    ...(output.binaryData !== undefined && { binary_data: output.binaryData }),
    ...(output.classificationCount > 0 && { classification: output.classificationCount }),
  });
  return `{"name":${JSON.stringify(output.name)}${parameters === '' ? '' : `,"parameters":{${parameters}}`}}`;
}

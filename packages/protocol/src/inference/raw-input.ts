import { invalidArgument } from '@rangefinder/base';
import {
  DATA_TYPES,
  encodeBytesElements,
  formatShape,
  type InferenceRequest,
  type Tensor,
  type TensorSpec,
} from '@rangefinder/tensor';
import type { Slices } from '../json/slices.ts';
import { checkBlobElements, checkBlobLength } from './blobs.ts';
import type { InferRequestBody, RawInputTarget } from './decode-options.ts';

/**
 * A body that is the data of the model's single input and nothing else (Inference-Header-Content-Length: 0). The batch
 * dimension is 1; one other dimension may be open and follows from the length. A BYTES input takes the body as its one
 * element, without a length in front. The answer comes in binary. Source: Triton, extension_binary_data.md.
 */
export function* readRawRequest(request: InferRequestBody): Slices<InferenceRequest> {
  const { body, modelName, modelVersion, rawInput } = request;
  if (!rawInput) throw invalidArgument('Inference-Header-Content-Length', '0 is not possible here');
  const target = rawInput();
  const [spec] = target.inputs;
  if (!spec || target.inputs.length !== 1) {
    throw invalidArgument(
      'request body',
      `raw data (Inference-Header-Content-Length: 0) needs a model with one input; '${modelName}' has ${target.inputs.length}`,
    );
  }
  const tensor = rawTensor(spec, target, body);
  const elements = tensor.shape.reduce((product, size) => product * size, 1);
  if (tensor.dataType !== 'BYTES') {
    checkBlobLength(body, tensor.dataType, tensor.shape, elements, 'request body');
    yield* checkBlobElements(body, tensor.dataType, elements, 'request body');
  }
  return {
    modelName,
    modelVersion,
    id: '',
    inputs: [tensor],
    outputs: [],
    parameters: { priority: 0, timeoutUs: 0, other: { binary_data_output: true } },
  };
}

function rawTensor(spec: TensorSpec, target: RawInputTarget, body: Uint8Array): Tensor {
  const { name, dataType } = spec;
  const { bits } = DATA_TYPES[dataType];
  const dimensions = (spec.shape ?? [-1]).map((size, d) => (d === 0 && target.maxBatchSize > 0 ? 1 : size));
  const open = dimensions.flatMap((size, d) => (typeof size === 'string' || size < 0 ? [d] : []));
  const refuse = (problem: string): Error =>
    invalidArgument(
      'request body',
      `raw data for input '${name}' of shape ${formatShape(spec.shape ?? [])}: ${problem}`,
    );
  if (open.length > 1) throw refuse('only one dimension may be open');
  const shape = dimensions.map((size) => (typeof size === 'string' || size < 0 ? 1 : size));
  const fixed = shape.reduce((product, size) => product * size, 1);
  if (dataType === 'BYTES') {
    if (fixed !== 1) throw refuse('a BYTES input must have one element');
    return { name, dataType, shape, bytes: encodeBytesElements([body]) };
  }
  const [openDimension] = open;
  if (openDimension !== undefined) {
    const size = (body.length * 8) / bits / fixed;
    if (!Number.isInteger(size))
      throw refuse(`${body.length} bytes are not a whole number of ${fixed} ${dataType} elements`);
    shape[openDimension] = size;
  }
  return { name, dataType, shape, bytes: body };
}

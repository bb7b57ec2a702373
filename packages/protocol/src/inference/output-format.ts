import { DATA_TYPES, type DataType, type InferenceRequest, type TensorSpec } from '@rangefinder/tensor';
import { refuseJson } from '../tensor-json/tensor-text.ts';

export type OutputWishes = Pick<InferenceRequest, 'outputs' | 'parameters'>;

/** Whether an output goes as binary data: as its own `binary_data` says, else `binary_data_output` of the request, else no. */
export function wantsBinary(request: OutputWishes, outputName: string): boolean {
  const wish = request.outputs.find((output) => output.name === outputName)?.binaryData;
  return wish ?? request.parameters.other['binary_data_output'] === true;
}

/** Types that go in JSON: the protocol's own but FP16 and BF16. */
export function isJsonDataType(dataType: DataType): boolean {
  return DATA_TYPES[dataType].inProtocol && dataType !== 'FP16' && dataType !== 'BF16';
}

/**
 * Throws INVALID_ARGUMENT when the request wants an output in JSON whose type cannot go there; to be asked before the
 * inference, so that none is wasted. Outputs that the model does not declare are somebody else's concern.
 */
export function checkJsonOutputs(request: OutputWishes, declared: readonly TensorSpec[]): void {
  for (const { name, dataType } of declared) {
    const wish = request.outputs.find((output) => output.name === name);
    if (request.outputs.length > 0 && !wish) continue;
    if (isJsonDataType(dataType) || (wish?.classificationCount ?? 0) > 0 || wantsBinary(request, name)) continue;
    throw refuseJson(`output '${name}'`, dataType);
  }
}

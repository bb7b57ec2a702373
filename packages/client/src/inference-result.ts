import { RangefinderError } from '@rangefinder/base';
import {
  decodeStringElements,
  elementCount,
  tensorValues,
  typedView,
  type InferenceResponse,
  type ParameterValue,
  type Tensor,
  type TensorArray,
} from '@rangefinder/tensor';

/** What a model answered, with its outputs in the forms that programs want. */
export class InferenceResult {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string;
  readonly outputs: readonly Tensor[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;

  constructor(response: InferenceResponse) {
    this.modelName = response.modelName;
    this.modelVersion = response.modelVersion;
    this.id = response.id;
    this.outputs = response.outputs;
    this.parameters = response.parameters;
  }

  /** Without a name: the only output. Throws NOT_FOUND for a name that did not come. */
  output(name?: string): Tensor {
    const found =
      name === undefined && this.outputs.length === 1 ? this.outputs[0] : this.outputs.find((one) => one.name === name);
    if (!found) {
      const names = this.outputs.map((one) => `'${one.name}'`).join(', ');
      throw new RangefinderError('NOT_FOUND', `no output '${name ?? ''}'; the response has ${names || 'none'}`);
    }
    return found;
  }

  /** The typed array of the output's type: Float32Array for FP32, BigInt64Array for INT64; FP16 and BF16 as raw bits. */
  array(name?: string): TensorArray {
    const { dataType, bytes } = this.output(name);
    return typedView(dataType, bytes);
  }

  /** The elements of a BYTES output as UTF-8. */
  strings(name?: string): string[] {
    const { dataType, shape, bytes, name: outputName } = this.output(name);
    if (dataType !== 'BYTES')
      throw new RangefinderError('INVALID_ARGUMENT', `output '${outputName}' is ${dataType}, not BYTES`);
    return decodeStringElements(bytes, elementCount(shape));
  }

  /** Any output as plain values: numbers, bigints, booleans or strings. */
  values(name?: string): number[] | bigint[] | boolean[] | string[] {
    return tensorValues(this.output(name));
  }
}

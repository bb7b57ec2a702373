import { RangefinderError } from '@rangefinder/base';
import type { ModelConfig, ModelInput } from '@rangefinder/repository';
import { toProtocolDataType } from '@rangefinder/repository';
import type { DataType, TensorSpec } from '@rangefinder/tensor';

/** What a request has to fit, compiled from a completed configuration so that checking costs little. */
export interface ModelContract {
  readonly modelName: string;
  /** 0: no batch dimension. */
  readonly maxBatchSize: number;
  readonly inputs: readonly InputContract[];
  readonly inputIndex: ReadonlyMap<string, number>;
  readonly outputs: readonly OutputContract[];
  readonly outputIndex: ReadonlyMap<string, number>;
  /** No dimension is free but the batch: all requests may share a batch, and no shape key has to be built. */
  readonly fixedShapes: boolean;
}

export interface InputContract {
  readonly name: string;
  readonly dataType: DataType;
  /** With the batch dimension (-1) in front where there is one; -1 is any size. */
  readonly shape: readonly number[];
  readonly optional: boolean;
  readonly ragged: boolean;
  readonly buckets: readonly number[];
  readonly paddingValue: number;
}

export interface OutputContract {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly unpad: UnpadContract | undefined;
}

/** The output's `axis` shrinks back to the size that the request's own input has on `inputAxis`, its first ragged one. */
export interface UnpadContract {
  readonly axis: number;
  readonly inputIndex: number;
  readonly inputAxis: number;
}

export function compileContract(config: ModelConfig): ModelContract {
  const batched = config.max_batch_size > 0;
  const withBatch = (dims: readonly number[]): number[] => (batched ? [-1, ...dims] : [...dims]);
  const inputs = config.input.map((input) => inputContract(input, withBatch(input.dims)));
  const inputIndex = new Map(inputs.map((input, index) => [input.name, index]));
  const unpadContract = (unpad: { dim: number; input: string }, firstAxis: number): UnpadContract => {
    const index = inputIndex.get(unpad.input) ?? -1;
    const inputAxis = inputs[index]?.shape.indexOf(-1, firstAxis) ?? -1;
    return { axis: unpad.dim + firstAxis, inputIndex: index, inputAxis };
  };
  const outputs = config.output.map((output): OutputContract => ({
    name: output.name,
    dataType: dataTypeOf(output),
    shape: withBatch(output.dims),
    unpad: output.unpad && unpadContract(output.unpad, batched ? 1 : 0),
  }));
  return {
    modelName: config.name,
    maxBatchSize: config.max_batch_size,
    inputs,
    inputIndex,
    outputs,
    outputIndex: new Map(outputs.map((output, index) => [output.name, index])),
    fixedShapes: config.input.every((input) => !input.optional && !input.dims.includes(-1)),
  };
}

function inputContract(input: ModelInput, shape: readonly number[]): InputContract {
  return {
    name: input.name,
    dataType: dataTypeOf(input),
    shape,
    optional: input.optional,
    ragged: input.allow_ragged_batch,
    buckets: input.padding?.buckets ?? [],
    paddingValue: input.padding?.value ?? 0,
  };
}

/** A completed configuration has only types that exist; anything else is a defect of whoever made it. */
export function dataTypeOf(tensor: { readonly data_type: string }): DataType {
  const dataType = toProtocolDataType(tensor.data_type);
  if (dataType === undefined) throw new RangefinderError('INTERNAL', `data_type: unknown type '${tensor.data_type}'`);
  return dataType;
}

/** What the model declares, as clients are told: shapes with the batch dimension, -1 for any size. */
export interface TensorSpecs {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

export function tensorSpecs(contract: ModelContract): TensorSpecs {
  const spec = ({ name, dataType, shape }: InputContract | OutputContract, optional: boolean): TensorSpec => ({
    name,
    dataType,
    shape,
    optional,
  });
  return {
    inputs: contract.inputs.map((input) => spec(input, input.optional)),
    outputs: contract.outputs.map((output) => spec(output, false)),
  };
}

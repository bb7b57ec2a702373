import type { TensorSpec } from '@rangefinder/tensor';

/** `GET /v2`. */
export interface ServerMetadataBody {
  readonly name: string;
  readonly version: string;
  /** Only what works. */
  readonly extensions: readonly string[];
}

/** `GET /v2/models/M[/versions/V]`. */
export interface ModelMetadataBody {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadataBody[];
  readonly outputs: readonly TensorMetadataBody[];
}

export interface TensorMetadataBody {
  readonly name: string;
  readonly datatype: string;
  /** With the batch dimension; -1 is any size. */
  readonly shape: readonly number[];
}

export interface ModelMetadataSource {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

export function modelMetadataBody(source: ModelMetadataSource): ModelMetadataBody {
  const { name, versions, platform } = source;
  return {
    name,
    versions,
    platform,
    inputs: source.inputs.map(tensorMetadata),
    outputs: source.outputs.map(tensorMetadata),
  };
}

/** Named dimensions are of any size; so is a tensor of unknown rank, which the protocol cannot say any better. */
function tensorMetadata(spec: TensorSpec): TensorMetadataBody {
  const shape = (spec.shape ?? [-1]).map((size) => (typeof size === 'string' ? -1 : size));
  return { name: spec.name, datatype: spec.dataType, shape };
}

/** Every response that is not a success: `{"error": "…"}`, which Triton's clients index without looking. */
export interface ErrorBody {
  readonly error: string;
}

export function errorBody(message: string): ErrorBody {
  return { error: message };
}

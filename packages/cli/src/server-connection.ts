import type { ParameterValue, Tensor, TensorSpec } from '@rangefinder/tensor';

/** What the commands ask of a server. Failures are RangefinderErrors, or a CommandFailure with exit 3 when there is no server. */
export interface ServerConnection extends AsyncDisposable {
  metadata(modelName: string, modelVersion: string | undefined): Promise<DeclaredModel>;
  infer(request: ConnectionRequest): Promise<ConnectionResponse>;
  index(onlyReady: boolean): Promise<readonly IndexedModel[]>;
  statistics(): Promise<readonly ModelFigures[]>;
  /** @param config JSON text of a configuration. */
  load(modelName: string, config: string | undefined): Promise<void>;
  unload(modelName: string): Promise<void>;
}

export interface DeclaredModel {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

export interface ConnectionRequest {
  readonly modelName: string;
  readonly modelVersion: string | undefined;
  readonly id: string | undefined;
  readonly inputs: readonly Tensor[];
  /** Empty for all. */
  readonly outputs: readonly WantedOutput[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly binary: boolean;
}

interface WantedOutput {
  readonly name: string;
  /** More than 0: so many of the best classes, as text `score:index:label`, in place of the tensor. */
  readonly classes: number;
}

export interface ConnectionResponse {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly outputs: readonly Tensor[];
}

export interface IndexedModel {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string;
}

export interface ModelFigures {
  readonly name: string;
  readonly version: string;
  readonly inferenceCount: number;
  /** Wall-clock ms; 0 for never. */
  readonly lastInferenceMs: number;
  readonly memoryBytes: number;
}

import type { Tensor } from './tensor.ts';

/** What every front end parses a request into, and all behind it work on. */
export interface InferenceRequest {
  readonly modelName: string;
  /** Empty: the version policy decides. */
  readonly modelVersion: string;
  /** Empty: the client gave none. */
  readonly id: string;
  readonly inputs: readonly Tensor[];
  /** Empty: all outputs of the model. */
  readonly outputs: readonly RequestedOutput[];
  readonly parameters: RequestParameters;
}

export interface RequestedOutput {
  readonly name: string;
  /** How the client wants it in an HTTP response; undefined where it did not say. */
  readonly binaryData: boolean | undefined;
  /** Return the top N classes as BYTES `score:index[:label]` in place of the tensor; 0 for the tensor itself. */
  readonly classificationCount: number;
}

export interface RequestParameters {
  /** 1 is the highest; 0 takes the model's default. */
  readonly priority: number;
  /** Time the request may wait in the queue, in µs; 0 takes the model's default. */
  readonly timeoutUs: number;
  /** Whatever else the client sent, for those who read it. */
  readonly other: Readonly<Record<string, ParameterValue>>;
}

export type ParameterValue = string | number | bigint | boolean;

export interface InferenceResponse {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id: string;
  /** In the order asked for, or the model's own. Owned by the receiver. */
  readonly outputs: readonly Tensor[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

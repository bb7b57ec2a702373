import type { Limits } from '@rangefinder/base';
import type { TensorSpec } from '@rangefinder/tensor';

/** Gives other work on the event loop its turn. May reject: the decoding or encoding then ends with that error. */
export type YieldToEventLoop = () => Promise<void>;

/** How work is cut into turns of the event loop. */
export interface Slicing {
  /** Default: setImmediate. */
  readonly yieldToEventLoop?: YieldToEventLoop;
  /** Bytes of JSON read or written in one go; default 64 KiB, about a millisecond. */
  readonly sliceBytes?: number;
}

export type InferLimits = Pick<
  Limits,
  'jsonDepth' | 'requestInputs' | 'requestOutputs' | 'tensorRank' | 'tensorElements' | 'tensorBytes' | 'nameCharacters'
>;

export interface InferRequestBody extends Slicing {
  /** From the URL. */
  readonly modelName: string;
  /** From the URL; empty where it names none. */
  readonly modelVersion: string;
  /** The whole body, decompressed. Binary tensors become views on it, so it must not be reused. */
  readonly body: Uint8Array;
  /** The Inference-Header-Content-Length header; undefined when it is absent. */
  readonly headerLength: number | undefined;
  /** What the model declares of its inputs; asked for only when the header is 0, that is, the body is one raw tensor. Its errors pass through. */
  readonly rawInput?: () => RawInputTarget;
  readonly limits: InferLimits;
}

export interface RawInputTarget {
  readonly inputs: readonly TensorSpec[];
  /** 0: the first dimension is not a batch. */
  readonly maxBatchSize: number;
}

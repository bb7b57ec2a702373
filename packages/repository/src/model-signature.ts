import type { TensorSpec } from '@rangefinder/tensor';

/** What the model file itself declares; the same structure that an engine reports after a load. */
export interface ModelSignature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

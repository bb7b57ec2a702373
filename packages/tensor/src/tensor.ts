import type { DataType } from './data-type.ts';
import type { Dimension, Shape } from './shape.ts';

/**
 * A tensor is a type, a shape and a view on bytes: row-major, little-endian, as the protocol's binary representation has it.
 * The bytes may be unaligned (they are usually a slice of a request body) and are never changed by a reader.
 * BYTES elements are each a uint32 little-endian length and that many bytes. BOOL elements are one byte, 0 or 1.
 */
export interface Tensor {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

/** What a model declares of an input or output; the batch dimension, where there is one, is included. */
export interface TensorSpec {
  readonly name: string;
  readonly dataType: DataType;
  /** undefined when the model does not say its rank. */
  readonly shape: readonly Dimension[] | undefined;
  /** An input that may be left out (it has an initializer in the model, or its type is optional). */
  readonly optional: boolean;
}

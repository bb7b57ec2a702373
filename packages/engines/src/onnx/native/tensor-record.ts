/**
 * How the main thread tells the executor about a slot's tensors: one record of doubles for each input, then one for each
 * output, in the slot's own memory. Addresses are absolute.
 */
export const RECORD_NUMBERS = 6;

export const RECORD = Object.freeze({
  /** `ONNXTensorElementDataType`. */
  elementType: 0,
  /** Address of int64 dimensions. */
  shape: 1,
  rank: 2,
  /** Address of the bytes; 0 for an output that ONNX Runtime shall allocate. */
  data: 3,
  byteLength: 4,
  elements: 5,
});

export const STRING_ELEMENT_TYPE = 8;

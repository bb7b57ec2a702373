import fc from 'fast-check';
import { byteLengthOf, elementCount, encodeBytesElements, type DataType, type Tensor } from '@rangefinder/tensor';

/** Types that travel in JSON as well as in binary. */
export const JSON_DATA_TYPES: readonly DataType[] = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP32',
  'FP64',
  'BYTES',
];

export const PROTOCOL_DATA_TYPES: readonly DataType[] = [...JSON_DATA_TYPES, 'FP16', 'BF16'];

/** Shapes of rank 0 to 4 with small sizes, zero included; at most 7^4 elements, usually a few dozen. */
export function arbitraryShape(
  options: { readonly minRank?: number; readonly maxRank?: number } = {},
): fc.Arbitrary<number[]> {
  return fc.array(fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 0, max: 7 })), {
    minLength: options.minRank ?? 0,
    maxLength: options.maxRank ?? 4,
  });
}

/** Bytes at any alignment, as slices of a request body have. */
export function arbitraryBytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.uint8Array({ minLength: length, maxLength: length }), fc.nat({ max: 7 })).map(([bytes, shift]) => {
    const shifted = new Uint8Array(length + shift);
    shifted.set(bytes, shift);
    return shifted.subarray(shift);
  });
}

export interface TensorConstraints {
  readonly name?: string;
  readonly dataTypes?: readonly DataType[];
  readonly shape?: readonly number[];
  /** Only values that JSON can carry: finite floats and valid UTF-8. */
  readonly jsonOnly?: boolean;
}

/** Valid tensors: bytes that fit type and shape, BOOL of 0 and 1 only. */
export function arbitraryTensor(constraints: TensorConstraints = {}): fc.Arbitrary<Tensor> {
  const dataTypes = constraints.dataTypes ?? (constraints.jsonOnly ? JSON_DATA_TYPES : PROTOCOL_DATA_TYPES);
  const shape = constraints.shape ? fc.constant([...constraints.shape]) : arbitraryShape();
  const name =
    constraints.name === undefined
      ? fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
      : fc.constant(constraints.name);
  return fc.record({ name, dataType: fc.constantFrom(...dataTypes), shape }).chain((head) =>
    arbitraryTensorBytes(head.dataType, elementCount(head.shape), constraints.jsonOnly ?? false).map((bytes) => ({
      ...head,
      bytes,
    })),
  );
}

function arbitraryTensorBytes(dataType: DataType, count: number, jsonOnly: boolean): fc.Arbitrary<Uint8Array> {
  const many = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(values, { minLength: count, maxLength: count });
  if (dataType === 'BYTES') {
    const text = fc.string({ maxLength: 12, unit: 'grapheme' }).map((value) => new TextEncoder().encode(value));
    return many(jsonOnly ? text : fc.oneof(text, fc.uint8Array({ maxLength: 12 }))).map(encodeBytesElements);
  }
  if (dataType === 'BOOL') return many(fc.nat({ max: 1 })).map((values) => Uint8Array.from(values));
  if (dataType === 'FP32' && jsonOnly) {
    return many(fc.float({ noNaN: true, noDefaultInfinity: true })).map(
      (values) => new Uint8Array(Float32Array.from(values).buffer),
    );
  }
  if (dataType === 'FP64' && jsonOnly) {
    return many(fc.double({ noNaN: true, noDefaultInfinity: true })).map(
      (values) => new Uint8Array(Float64Array.from(values).buffer),
    );
  }
  return arbitraryBytes(byteLengthOf(dataType, count) ?? 0);
}

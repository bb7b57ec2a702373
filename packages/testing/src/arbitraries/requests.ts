import fc from 'fast-check';
import type { InferenceRequest, InferenceResponse, ParameterValue, RequestedOutput, Tensor } from '@rangefinder/tensor';
import { arbitraryTensor, type TensorConstraints } from './tensors.ts';

const name = fc.string({ minLength: 1, maxLength: 10, unit: 'grapheme' });

/** What a client may send as a parameter of its own; numbers are not -0, which JSON text of an integer loses. */
const parameterValue: fc.Arbitrary<ParameterValue> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map((value) => value + 0),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
);

const RESERVED = /^(priority|timeout|binary_data_output|sequence_(id|start|end)|__proto__)$/;

const otherParameters = fc
  .dictionary(
    name.filter((key) => !RESERVED.test(key)),
    parameterValue,
    { maxKeys: 3, noNullPrototype: true },
  )
  .chain((other) =>
    fc
      .record(
        {
          binary_data_output: fc.boolean(),
          sequence_id: fc.oneof(
            fc.nat(),
            fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
            fc.string({ minLength: 1, maxLength: 9 }),
          ),
          sequence_start: fc.boolean(),
          sequence_end: fc.boolean(),
        },
        { requiredKeys: [], noNullPrototype: true },
      )
      .map((reserved): Record<string, ParameterValue> => ({ ...other, ...reserved })),
  );

const requestedOutput: fc.Arbitrary<RequestedOutput> = plainRecord({
  name,
  binaryData: fc.option(fc.boolean(), { nil: undefined }),
  classificationCount: fc.nat({ max: 5 }),
});

/** fc.record without its null prototypes, so that results compare with ordinary objects. */
function plainRecord<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model).map((record) => ({ ...record }));
}

function tensorsOf(constraints: TensorConstraints): fc.Arbitrary<Tensor[]> {
  return fc.uniqueArray(arbitraryTensor(constraints), { maxLength: 4, selector: (tensor) => tensor.name });
}

/** Valid requests, every part of them varied. */
export function arbitraryRequest(constraints: TensorConstraints = {}): fc.Arbitrary<InferenceRequest> {
  return plainRecord({
    modelName: name,
    modelVersion: fc.constantFrom('', '1', '12'),
    id: fc.oneof(fc.constant(''), name),
    inputs: tensorsOf(constraints),
    outputs: fc.uniqueArray(requestedOutput, { maxLength: 4, selector: (output) => output.name }),
    parameters: plainRecord({ priority: fc.nat(), timeoutUs: fc.nat(), other: otherParameters }),
  });
}

/** Valid responses. */
export function arbitraryResponse(constraints: TensorConstraints = {}): fc.Arbitrary<InferenceResponse> {
  return plainRecord({
    modelName: name,
    modelVersion: fc.constantFrom('1', '12'),
    id: fc.oneof(fc.constant(''), name),
    outputs: tensorsOf(constraints),
    parameters: fc.dictionary(
      name.filter((key) => !RESERVED.test(key)),
      parameterValue,
      { maxKeys: 2, noNullPrototype: true },
    ),
  });
}

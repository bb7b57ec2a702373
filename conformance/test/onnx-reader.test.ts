/** The reader of ONNX's test data: every way in which a TensorProto may store its elements. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeStringElements, type DataType } from '@rangefinder/tensor';
import { difference } from '../onnx/compare.ts';
import { numbersOf } from '../onnx/elements.ts';
import { readGraphInterface } from '../onnx/model-proto.ts';
import { findTestCases, readDataSet, readInterface } from '../onnx/test-cases.ts';
import { readTensorProto } from '../onnx/tensor-proto.ts';

const ONNX = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, string: 8, bool: 9, float16: 10, double: 11 };

/** field number and wire type, then the content. */
const bytesField = (number: number, content: Uint8Array | number[]): number[] => [
  number * 8 + 2,
  content.length,
  ...content,
];
const dims = (...sizes: number[]): number[] => sizes.flatMap((size) => [8, size]);
const type = (onnx: number): number[] => [16, onnx];
const tensor = (...parts: number[][]): Uint8Array => Uint8Array.from(parts.flat());
const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

for (const [what, message, dataType, values] of [
  ['raw bytes', tensor(dims(2), type(ONNX.float), bytesField(9, floats(1.5, -2))), 'FP32', [1.5, -2]],
  ['packed floats', tensor(dims(2), type(ONNX.float), bytesField(4, floats(1.5, -2))), 'FP32', [1.5, -2]],
  ['single floats', tensor(dims(2), type(ONNX.float), [37, ...floats(1.5)], [37, ...floats(-2)]), 'FP32', [1.5, -2]],
  ['packed dims', tensor(bytesField(1, [1, 2]), type(ONNX.float), bytesField(9, floats(1.5, -2))), 'FP32', [1.5, -2]],
  ['packed integers', tensor(dims(2), type(ONNX.int32), bytesField(5, [3, 0xac, 0x02])), 'INT32', [3, 300]],
  ['single integers', tensor(dims(2), type(ONNX.uint8), [40, 3], [40, 0xfe, 0x01]), 'UINT8', [3, 254]],
  ['halves as bit patterns', tensor(dims(1), type(ONNX.float16), [40, 0x80, 0x78]), 'FP16', [1]],
  ['booleans', tensor(dims(2), type(ONNX.bool), bytesField(5, [1, 0])), 'BOOL', [1, 0]],
  ['negative 64-bit', tensor(dims(1), type(ONNX.int64), [56, ...Array<number>(9).fill(0xff), 1]), 'INT64', [-1n]],
  [
    'doubles',
    tensor(dims(1), type(ONNX.double), bytesField(10, new Uint8Array(Float64Array.of(0.1).buffer))),
    'FP64',
    [0.1],
  ],
  ['a scalar', tensor(type(ONNX.float), bytesField(9, floats(7))), 'FP32', [7]],
  ['an empty dimension', tensor(dims(0, 3), type(ONNX.float)), 'FP32', []],
] as const satisfies readonly (readonly [string, Uint8Array, DataType, (number | bigint)[]])[]) {
  test(`a tensor is read from ${what}`, () => {
    const read = readTensorProto(message);
    assert.equal(read.dataType, dataType);
    assert.deepEqual(Array.from(numbersOf(read)), values);
  });
}

test('strings are read', () => {
  const read = readTensorProto(tensor(dims(2), type(ONNX.string), bytesField(6, [0x61]), bytesField(6, [])));
  assert.deepEqual(decodeStringElements(read.bytes, 2), ['a', '']);
});

test('too few bytes and cut-off messages are refused', () => {
  assert.throws(() => readTensorProto(tensor(dims(3), type(ONNX.float), bytesField(9, floats(1)))), /expected 12/);
  assert.throws(() => readTensorProto(Uint8Array.of(0x4a, 5, 1)), /cut off/);
});

test('a graph tells tensors from sequences', () => {
  const value = (name: number, kind: number): number[] => [
    ...bytesField(1, [name]),
    ...bytesField(2, bytesField(kind, [8, 7])),
  ];
  const graph = [
    ...bytesField(11, value(0x61, 1)),
    ...bytesField(11, value(0x62, 4)),
    ...bytesField(12, value(0x63, 9)),
  ];
  assert.deepEqual(readGraphInterface(Uint8Array.from(bytesField(7, graph))), {
    inputs: [
      { name: 'a', kind: 'tensor', onnxType: 7, shape: undefined },
      { name: 'b', kind: 'sequence', onnxType: 0, shape: undefined },
    ],
    outputs: [{ name: 'c', kind: 'optional', onnxType: 0, shape: undefined }],
  });
});

test('comparison: tolerance, NaN, infinities, shapes and types', () => {
  const of = (values: number[], shape = [values.length]) => ({
    name: 'y',
    dataType: 'FP32' as const,
    shape,
    bytes: floats(...values),
  });
  assert.equal(difference(of([1, NaN, Infinity]), of([1.0005, NaN, Infinity])), undefined);
  assert.match(difference(of([1, 2]), of([1, 2.1])) ?? '', /1 of 2 differ, element 1/);
  assert.match(difference(of([NaN]), of([0])) ?? '', /differ/);
  assert.match(difference(of([-Infinity]), of([Infinity])) ?? '', /differ/);
  assert.match(difference(of([1, 2], [1, 2]), of([1, 2])) ?? '', /shape \[1,2\], expected \[2\]/);
  assert.match(difference(undefined, of([1])) ?? '', /missing/);
  assert.match(difference({ ...of([1]), dataType: 'INT32' }, of([1])) ?? '', /type INT32/);
});

const cases = findTestCases();

test(
  'every tensor of the installed test data is read',
  { skip: cases.length === 0 && 'libonnx-testdata is not installed' },
  () => {
    let tensors = 0;
    for (const testCase of cases) {
      const graph = readInterface(testCase);
      if ([...graph.inputs, ...graph.outputs].some(({ kind }) => kind !== 'tensor')) continue;
      for (const dataSet of testCase.dataSets) {
        const { inputs, outputs } = readDataSet(testCase, dataSet, graph);
        assert.ok(outputs.length > 0, testCase.id);
        tensors += inputs.length + outputs.length;
      }
    }
    assert.ok(tensors > 2 * cases.length);
  },
);

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import {
  elementCount,
  encodeBytesElements,
  npyTypeOf,
  tensorValues,
  writeNpyHeader,
  type DataType,
} from '@rangefinder/tensor';
import type { ArrayData } from '../../src/arrays/array-data.ts';
import { readNpy, writeNpy } from '../../src/files/npy.ts';

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/${name}.npy`, import.meta.url));
const load = (name: string): ArrayData => readNpy(fixture(name), name);
const values = (array: ArrayData): unknown[] => tensorValues(array);

const NUMPY_FILES: readonly [name: string, dataType: DataType, shape: readonly number[], values: readonly unknown[]][] =
  [
    ['float64', 'FP64', [2, 3], [0, 0.25, 0.5, 0.75, 1, 1.25]],
    ['float32-fortran', 'FP32', [2, 3, 4], Array.from({ length: 24 }, (_, i) => i)],
    ['float16', 'FP16', [4], [0.5, -2, Infinity, 6.103515625e-5]],
    ['int64-big-endian', 'INT64', [2, 2], [1n, -2n, 2n ** 62n, -(2n ** 62n)]],
    ['uint8', 'UINT8', [2, 3], [0, 1, 2, 3, 4, 5]],
    ['bool', 'BOOL', [3], [true, false, true]],
    ['scalar', 'INT64', [], [16000n]],
    ['empty', 'FP32', [0, 3], []],
    ['unicode', 'BYTES', [2, 2], ['zürich', '', '日本', '🎯']],
    ['unicode-big-endian', 'BYTES', [2], ['ab', 'ü']],
  ];

for (const [name, dataType, shape, expected] of NUMPY_FILES) {
  test(`reads what NumPy wrote: ${name}`, () => {
    const array = load(name);
    assert.equal(array.dataType, dataType);
    assert.deepEqual(array.shape, shape);
    assert.deepEqual(values(array), expected);
  });
}

test('keeps bytes that are not text, and swaps each half of a complex number', () => {
  assert.deepEqual(load('bytes').bytes, encodeBytesElements([Uint8Array.of(97, 98), Uint8Array.of(0xff, 0, 1)]));
  const complex = load('complex64-big-endian');
  assert.equal(complex.dataType, 'COMPLEX64');
  assert.deepEqual(Array.from(new Float32Array(complex.bytes.slice().buffer)), [1, 2]);
});

test('writes the same file as NumPy does', () => {
  for (const name of ['float64', 'float16', 'uint8', 'bool', 'scalar', 'unicode']) {
    assert.deepEqual(Buffer.from(writeNpy(load(name), name)), Buffer.from(fixture(name)), name);
  }
});

const file = (header: string, data: readonly number[] = [], version = 1): Uint8Array =>
  Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, header.length, 0, ...Buffer.from(header), ...data]);

const BROKEN: readonly [what: string, bytes: Uint8Array, message: RegExp][] = [
  ['nothing', new Uint8Array(), /not a \.npy file/],
  ['other magic', Uint8Array.from({ length: 20 }, () => 1), /not a \.npy file/],
  ['unknown version', file('{}', [], 9), /version 9/],
  ['header past the end', file('{}').subarray(0, 11), /cut short/],
  ['no dictionary', file("'descr': '<f4', 'fortran_order': False, 'shape': (1,)"), /lacks/],
  ['missing key', file("{'descr': '<f4', 'shape': (1,)}"), /lacks/],
  ['negative size', file("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"), /not a list of sizes/],
  ['too much for memory', file("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,)}"), /elements/],
  [
    'strings of no width, too many',
    file("{'descr': '<U0', 'fortran_order': False, 'shape': (99999999,)}"),
    /larger than/,
  ],
  [
    'too little data',
    file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", [0, 0, 0, 0]),
    /takes 8 bytes, 4 are there/,
  ],
  ['unknown type', file("{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,)}"), /not known/],
  ['void', file("{'descr': '|V2', 'fortran_order': False, 'shape': (1,)}"), /has no tensor type/],
  ['boolean 2', file("{'descr': '|b1', 'fortran_order': False, 'shape': (1,)}", [2]), /neither 0 nor 1/],
  [
    'surrogate',
    file("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", [0, 0xd8, 0, 0]),
    /not a Unicode character/,
  ],
  ['Python objects', fixture('objects'), /pickled/],
  ['structured', fixture('structured'), /structured/],
];

for (const [what, bytes, message] of BROKEN) {
  test(`refuses a broken file: ${what}`, () => {
    assert.throws(
      () => readNpy(bytes, 'x'),
      (error) =>
        error instanceof RangefinderError && message.test(error.message) && error.field?.startsWith('x') === true,
    );
  });
}

const numericTypes = ['BOOL', 'UINT8', 'UINT16', 'INT32', 'INT64', 'FP16', 'FP32', 'FP64', 'COMPLEX128'] as const;
const widths: Readonly<Record<(typeof numericTypes)[number], number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  COMPLEX128: 16,
};
const arrays = fc
  .tuple(fc.constantFrom(...numericTypes), fc.array(fc.nat(4), { maxLength: 4 }))
  .chain(([dataType, shape]) => {
    const length = elementCount(shape) * widths[dataType];
    const byte = fc.nat(dataType === 'BOOL' ? 1 : 255);
    return fc
      .array(byte, { minLength: length, maxLength: length })
      .map((bytes): ArrayData => ({ dataType, shape, bytes: Uint8Array.from(bytes) }));
  });

test('writing and reading again gives the same array', () => {
  fc.assert(fc.property(arrays, (array) => assert.deepEqual(readNpy(writeNpy(array, 'x'), 'x'), array)));
});

test('column-major and big-endian files hold the same array', () => {
  fc.assert(
    fc.property(arrays, (array) => {
      const itemBytes = widths[array.dataType as keyof typeof widths];
      const wordBytes = array.dataType === 'COMPLEX128' ? 8 : itemBytes;
      const count = elementCount(array.shape);
      const header = Buffer.from(writeNpyHeader(npyTypeOf(array.dataType)?.replace('<', '>') ?? '', array.shape))
        .toString('latin1')
        .replace('False', 'True ');
      const data = new Uint8Array(array.bytes.byteLength);
      for (let i = 0; i < count; i += 1) {
        const target = columnMajorIndex(i, array.shape) * itemBytes;
        for (let b = 0; b < itemBytes; b += 1)
          data[target + b] = array.bytes[i * itemBytes + b - (b % wordBytes) + (wordBytes - 1 - (b % wordBytes))] ?? 0;
      }
      assert.deepEqual(readNpy(Buffer.concat([Buffer.from(header, 'latin1'), data]), 'x'), array);
    }),
  );
});

test('strings survive, the empty one included', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((value) => !value.endsWith('\0'));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (elements) => {
      const array: ArrayData = {
        dataType: 'BYTES',
        shape: [elements.length],
        bytes: encodeBytesElements(elements.map((element) => Buffer.from(element))),
      };
      assert.deepEqual(values(readNpy(writeNpy(array, 'x'), 'x')), elements);
    }),
  );
});

test('any change to a file gives an array or an INVALID_ARGUMENT, nothing else', () => {
  const sources = ['float32-fortran', 'unicode', 'int64-big-endian'].map(fixture);
  fc.assert(
    fc.property(
      fc.constantFrom(...sources),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
      fc.nat(),
      (source, edits, cut) => {
        const bytes = Uint8Array.from(source.subarray(0, source.byteLength - (cut % 40)));
        for (const [at, value] of edits) bytes[at % bytes.byteLength] = value;
        try {
          readNpy(bytes, 'x');
        } catch (error) {
          assert.ok(
            error instanceof RangefinderError &&
              (error.code === 'INVALID_ARGUMENT' || error.code === 'PAYLOAD_TOO_LARGE'),
            String(error),
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});

function columnMajorIndex(rowMajor: number, shape: readonly number[]): number {
  let rest = rowMajor;
  const index: number[] = [];
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  let result = 0;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) result = result * (shape[axis] ?? 1) + (index[axis] ?? 0);
  return result;
}

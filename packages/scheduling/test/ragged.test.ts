import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { batchShapes, bucketSize, raggedShapeKey, type RaggedInput } from '../src/index.ts';

const tokens = (length: number, fields: Partial<RaggedInput> = {}): RaggedInput => ({
  name: 'tokens',
  shape: [length],
  raggedDimensions: [0],
  buckets: [16, 64],
  ...fields,
});

describe('bucketSize', () => {
  test('is the smallest bucket that holds the size, Infinity above the last', () => {
    assert.deepEqual(
      [0, 1, 16, 17, 64, 65].map((size) => bucketSize(size, [16, 64])),
      [16, 16, 16, 64, 64, Infinity],
    );
    assert.equal(bucketSize(5, []), Infinity);
  });

  test('agrees with a search from the front', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.uniqueArray(fc.nat(100)), (size, sizes) => {
        const buckets = sizes.sort((a, b) => a - b);
        assert.equal(bucketSize(size, buckets), buckets.find((bucket) => bucket >= size) ?? Infinity);
      }),
    );
  });
});

describe('raggedShapeKey', () => {
  test('requests of one bucket share a key, of two do not', () => {
    const key = (length: number): string => raggedShapeKey([tokens(length)]).shapeKey;
    assert.equal(key(3), key(16));
    assert.notEqual(key(16), key(17));
    assert.equal(key(65), key(5_000));
    assert.equal(key(65), '6:tokens[>64]');
  });

  test('other dimensions, names and left out inputs tell requests apart', () => {
    const keys = [
      [tokens(3)],
      [tokens(3, { shape: [3, 2], raggedDimensions: [0] })],
      [tokens(3, { name: 'other' })],
      [tokens(3), tokens(3, { name: 'mask' })],
      [tokens(3, { raggedDimensions: [] })],
      [tokens(3, { buckets: [] })],
    ].map((inputs) => raggedShapeKey(inputs).shapeKey);
    assert.equal(new Set(keys).size, keys.length);
    // A name that looks like a part of a key does not deceive.
    assert.notEqual(
      raggedShapeKey([tokens(1, { name: 'a[1]1:b', raggedDimensions: [] })]).shapeKey,
      raggedShapeKey([tokens(1, { name: 'a', raggedDimensions: [] }), tokens(1, { name: 'b', raggedDimensions: [] })])
        .shapeKey,
    );
  });

  test('gives the padded shapes, and with the members of a batch the final ones', () => {
    const placement = raggedShapeKey([
      tokens(20),
      tokens(99, { name: 'image', shape: [3, 99], raggedDimensions: [1], buckets: [] }),
    ]);
    assert.deepEqual(placement.paddedShapes, [[64], [3, Infinity]]);
    const members = [
      [[20], [3, 99]],
      [[40], [3, 120]],
    ];
    assert.deepEqual(batchShapes(placement, members), [[64], [3, 120]]);
  });
});

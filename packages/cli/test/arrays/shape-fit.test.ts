import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { elementCount, type Dimension } from '@rangefinder/tensor';
import { fitShape, matchesShape } from '../../src/arrays/shape-fit.ts';

const fit = (shape: readonly number[], declared: readonly Dimension[] | undefined): readonly number[] =>
  fitShape({ dataType: 'UINT8', shape, bytes: new Uint8Array(elementCount(shape)) }, declared, 'x').shape;

const CASES: readonly [
  what: string,
  shape: readonly number[],
  declared: readonly Dimension[] | undefined,
  fitted: readonly number[],
][] = [
  ['as declared', [2, 3], [-1, 3], [2, 3]],
  ['anything where no rank is declared', [2, 3], undefined, [2, 3]],
  ['a missing batch dimension', [3], [-1, 3], [1, 3]],
  ['several missing dimensions', [28, 28], [-1, 1, 28, 28], [1, 1, 28, 28]],
  ['a single number for a list of one', [], [1], [1]],
  ['a list of one for a single number', [1], [], []],
  ['a batch dimension too many', [1, 3], [3], [3]],
  ['a flat list for a fixed shape', [6], [2, 3], [2, 3]],
  ['a flat list for one open dimension', [6], [-1, 3], [2, 3]],
  ['a flat list in a batch', [1, 6], [-1, 1, 2, 3], [1, 1, 2, 3]],
  ['a flat list for each row', [4, 6], [-1, 1, 2, 3], [4, 1, 2, 3]],
  ['named dimensions', [4, 7], ['batch', 'tokens'], [4, 7]],
  ['more rows than a model takes at once', [5, 512], [1, 512], [5, 512]],
  ['a flat list of several rows', [1024], [1, 512], [2, 512]],
  ['what servers write for any rank', [2, 3, 4], [-1], [2, 3, 4]],
];

for (const [what, shape, declared, fitted] of CASES) {
  test(`fits ${what}`, () => assert.deepEqual(fit(shape, declared), fitted));
}

test('refuses what would need another order or size, naming both shapes', () => {
  assert.throws(() => fit([3, 2], [2, 3]), /x: the data has shape \[3,2\], the model declares \[2,3\]/);
  assert.throws(() => fit([7], [-1, 3]), /declares \[-1,3\]/);
  assert.throws(() => fit([2, 28, 28], [-1, 1, 28, 28]));
  assert.throws(() => fit([0, 1], []));
  assert.throws(() => fit([5, 28, 28, 3], [-1, 3, 28, 28]));
});

test('keeps the number of elements, and the rank becomes what is declared', () => {
  const shapes = fc.array(fc.nat(5), { maxLength: 4 });
  const declarations = fc.array(fc.oneof(fc.nat(5), fc.constant(-1)), { maxLength: 4 });
  fc.assert(
    fc.property(shapes, declarations, (shape, declared) => {
      let fitted: readonly number[];
      try {
        fitted = fit(shape, declared);
      } catch {
        return;
      }
      assert.equal(elementCount(fitted), elementCount(shape));
      assert.ok(matchesShape(fitted, declared) || declared[0] === 1 || declared.length === 1);
    }),
    { numRuns: 2000 },
  );
});

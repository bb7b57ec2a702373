import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnOfValues, FEATURE_STATUS } from '@rangefinder/features';
import { tensorValues } from '@rangefinder/tensor';
import { columnShape, LastKnownFeatures } from '../src/fallback/last-known-features.ts';

const SEEN = {
  name: 'viewer:seen',
  entity: 'user',
  dataType: 'INT64',
  container: { kind: 'list', maxLength: 3 },
  default: [9],
} as const;

test('a list that is recalled has its length, and one that is not known its default', () => {
  const known = new LastKnownFeatures(2, [columnShape(SEEN.name, SEEN)]);
  const column = columnOfValues(SEEN.name, SEEN, [[1, 2], []]);
  known.keep(['ada', 'bob'], { columns: [column], oldestEventMs: 0, staleRows: 0 });
  const { columns, known: count } = known.recall(['bob', 'ada', 'eve']);
  const [recalled] = columns;
  assert.equal(count, 2);
  assert.deepEqual([...recalled!.lengths!], [0, 2, 1]);
  assert.deepEqual(tensorValues({ ...recalled!, shape: [9] }), [0n, 0n, 0n, 1n, 2n, 0n, 9n, 0n, 0n]);
  const { PRESENT, NOT_FOUND } = FEATURE_STATUS;
  assert.deepEqual([...recalled!.statuses], [PRESENT, PRESENT, NOT_FOUND]);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { OrderedRelease } from '../src/index.ts';

describe('OrderedRelease', () => {
  test('lets results out in order of arrival', () => {
    const release = new OrderedRelease<string>();
    for (const id of [1, 2, 3, 4]) release.admit(id);
    assert.deepEqual(release.settle(2, 'two'), []);
    assert.deepEqual(release.settle(1, 'one'), [
      { requestId: 1, value: 'one' },
      { requestId: 2, value: 'two' },
    ]);
    assert.deepEqual(release.settle(4, 'four'), []);
    assert.deepEqual(release.forget(3), [{ requestId: 4, value: 'four' }]);
    assert.equal(release.size, 0);
  });

  test('streams do not wait for each other', () => {
    const release = new OrderedRelease<number>();
    release.admit(1, 2);
    release.admit(2, 1);
    assert.deepEqual(release.settle(2, 0), [{ requestId: 2, value: 0 }]);
  });

  test('mistakes are INTERNAL errors, forgetting twice is none', () => {
    const release = new OrderedRelease<number>();
    release.admit(1);
    release.admit(2);
    assert.throws(() => release.admit(1), { code: 'INTERNAL' });
    release.settle(2, 0);
    assert.throws(() => release.settle(2, 0), { code: 'INTERNAL' });
    assert.throws(() => release.settle(3, 0), { code: 'INTERNAL' });
    release.forget(2);
    assert.deepEqual(release.forget(2), []);
    assert.deepEqual(release.forget(1), []);
    assert.equal(release.size, 0);
  });

  test('whatever comes back in whatever order leaves in order, once, and nothing stays', () => {
    const request = fc.record({
      stream: fc.integer({ min: 0, max: 2 }),
      rank: fc.double({ noNaN: true }),
      wanted: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(request), (requests) => {
        const release = new OrderedRelease<number>();
        requests.forEach(({ stream }, id) => release.admit(id, stream));
        const order = requests.map((_, id) => id).sort((a, b) => requests[a]!.rank - requests[b]!.rank);
        const released = order.flatMap((id) => (requests[id]!.wanted ? release.settle(id, id) : release.forget(id)));
        assert.equal(release.size, 0);
        for (const stream of [0, 1, 2]) {
          const expected = requests.flatMap((each, id) => (each.stream === stream && each.wanted ? [id] : []));
          const got = released.map(({ value }) => value).filter((id) => requests[id]!.stream === stream);
          assert.deepEqual(got, expected);
        }
      }),
    );
  });
});

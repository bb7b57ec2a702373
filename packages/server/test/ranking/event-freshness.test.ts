import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryRowStore } from '@rangefinder/features';
import { errorOf } from '../support/http-client.ts';
import { eventWorld, EVENING, pushCards, pushPlay } from './event-rankers.ts';

describe('events over HTTP', () => {
  test('an event that was pushed counts for the next ranking', async (t) => {
    const world = await eventWorld(t, new MemoryRowStore());
    await pushCards(world);
    const before = await world.rank();
    assert.deepEqual(before.degradations, []);
    assert.equal(before.items[0]!.id, 'f0', 'the shortest film');
    assert.equal(before.items[0]!.score, -60 * 2);
    for (let plays = 1; plays <= 3; plays++) {
      await pushPlay(world, 'f33');
      const after = await world.rank();
      assert.equal(after.items[0]!.id, 'f33');
      assert.equal(after.items[0]!.score, 1000 * plays - 93 * 2);
      assert.deepEqual(after.items[0]!.explanation!.features, {
        'plays:hour': { value: plays, status: 'PRESENT' },
        'card:minutes': { value: 93, status: 'PRESENT' },
        'fit:minutes': { value: 93, status: 'PRESENT' },
      });
      assert.deepEqual(after.explanation!.user_features['viewer:patience'], { value: 2, status: 'PRESENT' });
    }
    assert.match(await world.metrics(), /rangefinder_feature_pushed_rows_total\{outcome="applied"\} 45/);
  });

  test('what is read of the context counts, and is refused by name where it is missing or of another type', async (t) => {
    const world = await eventWorld(t, new MemoryRowStore());
    await pushCards(world);
    const { items } = await world.rank({ context: { free_minutes: 70 } });
    assert.equal(items.find(({ id }) => id === 'f9')?.score, -(60 + 9) * 2);
    const long = await world.rank({ context: { free_minutes: 0 } });
    assert.equal(long.items[0]!.score, -60 * 2 * 2);
    for (const [context, message] of [
      [{}, /^context\.free_minutes: missing/],
      [{ free_minutes: 'all' }, /^context\.free_minutes: expected a finite number for FP32, got "all"/],
      [{ free_minutes: [1, 2] }, /^context\.free_minutes: expected a finite number for FP32/],
    ] as const) {
      const answer = await world.post('/v1/rankers/evening/rank', { ...EVENING, context });
      assert.equal(answer.status, 400);
      assert.match(errorOf(answer), message);
    }
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@rangefinder/testing';
import { ErrorThrottle } from '../src/logging/error-throttle.ts';

test('ten lines of a kind a second, then the count of what was left out', () => {
  const clock = new FakeClock();
  const throttle = new ErrorThrottle(clock);
  const admitted = Array.from({ length: 25 }, () => throttle.admit('INTERNAL modelInfer'));
  assert.deepEqual(admitted, [...Array.from({ length: 10 }, () => 0), ...Array.from({ length: 15 }, () => undefined)]);
  assert.equal(throttle.admit('INTERNAL modelMetadata'), 0, 'another kind is not held back');
  clock.advance(1_000_000);
  assert.equal(throttle.admit('INTERNAL modelInfer'), 15);
  assert.equal(throttle.admit('INTERNAL modelInfer'), 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@rangefinder/base';
import type { RequestFinished } from '@rangefinder/serving';
import { TrafficSampler } from '../src/admin/traffic-sampler.ts';

class StoppedClock implements Clock {
  us = 0;
  nowUs = (): number => this.us;
  wallMs = (): number => this.us / 1000;
  schedule = (): { cancel(): void } => ({ cancel: () => {} });
}

function finished(change: Partial<RequestFinished> = {}): RequestFinished {
  return {
    model: 'm',
    version: '1',
    rows: 2,
    outcome: 'success',
    totalUs: 1000,
    queueUs: 100,
    computeInputUs: 0,
    computeInferUs: 0,
    computeOutputUs: 0,
    ...change,
  };
}

function seconds(sampler: TrafficSampler, clock: StoppedClock, count: number): void {
  for (let i = 0; i < count; i++) {
    clock.us += 1e6;
    sampler.closeSecond();
  }
}

test('the window is the last ten full seconds and nothing older', () => {
  const clock = new StoppedClock();
  const sampler = new TrafficSampler(clock);
  sampler.requestFinished(finished());
  assert.equal(sampler.window('m', '1')?.requests, 0, 'the second that is filling does not count');
  seconds(sampler, clock, 1);
  assert.equal(sampler.window('m', '1')?.requests, 1);
  assert.equal(sampler.window('m', '1')?.inferences, 2);
  seconds(sampler, clock, 9);
  assert.equal(sampler.window('m', '1')?.requests, 1);
  seconds(sampler, clock, 1);
  assert.equal(sampler.window('m', '1')?.requests, 0);
});

test('failures count, cancelled requests do not, and neither has a latency', () => {
  const clock = new StoppedClock();
  const sampler = new TrafficSampler(clock);
  for (const outcome of ['failed', 'rejected', 'cancelled'] as const) sampler.requestFinished(finished({ outcome }));
  seconds(sampler, clock, 1);
  const window = sampler.window('m', '1');
  assert.equal(window?.failures, 2);
  assert.equal(window.latency.count, 0);
});

test('the history keeps five minutes, oldest first', () => {
  const clock = new StoppedClock();
  const sampler = new TrafficSampler(clock);
  for (let i = 0; i < 400; i++) {
    if (i % 2 === 0) sampler.requestFinished(finished());
    seconds(sampler, clock, 1);
  }
  const history = sampler.history();
  assert.equal(history.atSeconds.length, 300);
  assert.deepEqual(history.atSeconds.slice(0, 2), [101, 102]);
  assert.deepEqual(history.models[0]?.requestsPerSecond.slice(0, 3), [1, 0, 1]);
  assert.equal(history.models[0].latencyP50Ms[1], null);
});

test('a model version without traffic is forgotten, so memory follows what is used', () => {
  const clock = new StoppedClock();
  const sampler = new TrafficSampler(clock);
  for (let i = 0; i < 50; i++) sampler.requestFinished(finished({ model: `m${i}` }));
  seconds(sampler, clock, 10);
  assert.equal(sampler.history().models.length, 50);
  seconds(sampler, clock, 300);
  assert.equal(sampler.history().models.length, 0);
});

test('thousands of different batch sizes do not grow it', () => {
  const clock = new StoppedClock();
  const sampler = new TrafficSampler(clock);
  const batch = {
    model: 'm',
    version: '1',
    wallMs: 0,
    requests: 1,
    cut: 'full',
    oldestWaitedUs: 0,
    queuedRequestsBefore: 0,
    computeUs: 1,
    outcome: 'succeeded' as const,
  };
  for (let rows = 1; rows <= 5000; rows++) sampler.batchFinished({ ...batch, rows });
  seconds(sampler, clock, 1);
  const sizes = sampler.window('m', '1')?.batchSizes ?? new Map();
  assert.ok(sizes.size <= 64);
  assert.equal(
    [...sizes.values()].reduce((sum, count) => sum + count, 0),
    5000,
  );
});

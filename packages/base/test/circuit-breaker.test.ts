import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CircuitBreaker } from '../src/index.ts';

describe('circuit breaker', () => {
  test('opens after failures in a row, probes once, rests longer each time, closes on success', () => {
    const breaker = new CircuitBreaker({ failures: 2, openMinMs: 100, openMaxMs: 300 });
    breaker.failed(0);
    breaker.succeeded();
    breaker.failed(0);
    assert.equal(breaker.state, 'closed');
    breaker.failed(0);
    assert.equal(breaker.state, 'open');
    assert.equal(breaker.admits(99), false);
    assert.equal(breaker.retryAfterMs(40), 60);
    assert.equal(breaker.admits(100), true);
    assert.equal(breaker.admits(100), false);
    breaker.failed(110);
    assert.equal(breaker.admits(309), false);
    assert.equal(breaker.admits(310), true);
    breaker.failed(310);
    assert.equal(breaker.admits(609), false);
    assert.equal(breaker.admits(610), true);
    breaker.succeeded();
    assert.equal(breaker.state, 'closed');
  });
});

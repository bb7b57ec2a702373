import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  REGRESSION_SEEDS,
  runSeed,
  runSimulation,
  scenarioFromSeed,
  SimulationFailure,
} from '../src/simulation/index.ts';

/** `SIMULATION_SEEDS=100000 node --test …` for a long run, in milliseconds about three times the number. */
const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 500);

describe('the scheduler, simulated with faults', () => {
  test(`keeps all its promises in ${SEEDS} worlds, and these worlds reach all it can do`, () => {
    const seen = new Map<string, number>();
    const failures: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        const { outcomes, cuts } = runSeed(seed);
        for (const [name, count] of [...Object.entries(outcomes), ...Object.entries(cuts)]) {
          seen.set(name, (seen.get(name) ?? 0) + count);
        }
      } catch (thrown) {
        if (!(thrown instanceof SimulationFailure)) throw thrown;
        failures.push(thrown.message);
      }
    }
    assert.deepEqual(failures.slice(0, 5), [], `${failures.length} seeds failed`);
    const outcomes = ['result', 'failed', 'refused', 'cancelled'];
    const cuts = [
      'full',
      'preferred_size',
      'queue_delay',
      'no_delay',
      'deadline',
      'unbatchable_next',
      'draining',
      'unbatched',
    ];
    const refusals = [
      'QUEUE_FULL on arrival',
      'DEADLINE_EXCEEDED on arrival',
      'UNAVAILABLE on arrival',
      'DEADLINE_EXCEEDED later',
      'UNAVAILABLE later',
    ];
    const expected = [outcomes, cuts, refusals].flat();
    for (const name of expected) assert.ok((seen.get(name) ?? 0) >= 20, `only ${seen.get(name) ?? 0} times: ${name}`);
  });

  for (const { seed, found } of REGRESSION_SEEDS) {
    test(`seed ${seed}: ${found}`, () => {
      runSeed(seed);
    });
  }

  test('the same seed gives the same trace, another seed another', () => {
    const hashes = new Set<string>();
    for (let seed = 1; seed <= 25; seed++) {
      const first = runSeed(seed, { keepTrace: true });
      const second = runSeed(seed, { keepTrace: true });
      assert.deepEqual(second.trace, first.trace);
      assert.equal(second.traceHash, first.traceHash);
      hashes.add(first.traceHash);
    }
    assert.equal(hashes.size, 25);
  });

  test('without faults, limits or deadlines every request gets its result', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const scenario = scenarioFromSeed(seed);
      const policy = {
        timeoutAction: 'reject',
        defaultTimeoutUs: 0,
        allowTimeoutOverride: false,
        maxQueueSize: 0,
      } as const;
      const report = runSimulation({
        ...scenario,
        options: {
          ...scenario.options,
          defaultQueuePolicy: policy,
          priorityQueuePolicies: new Map(),
          maxPendingRequests: 1e6,
          maxPendingBytes: 1e12,
        },
        deadlineRate: 0,
        slowRate: 0,
        failureRate: 0,
        cancelRate: 0,
        cancelStorms: 0,
        clockJumps: 0,
        reloads: 0,
      });
      assert.deepEqual(report.outcomes, { result: scenario.requests });
    }
  });
});

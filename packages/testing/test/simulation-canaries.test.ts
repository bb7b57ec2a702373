import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CHECKS, MUTANTS, runSeed, SimulationFailure } from '../src/simulation/index.ts';

const SEEDS_MAX = 120;

describe('a broken scheduler is caught', () => {
  for (const { name, caughtBy, settings } of MUTANTS) {
    test(`one that ${name}: ${caughtBy.join(', ')}`, () => {
      const missing = new Set<string>(caughtBy);
      for (let seed = 1; seed <= SEEDS_MAX && missing.size > 0; seed++) {
        try {
          runSeed(seed, settings);
        } catch (thrown) {
          assert.ok(thrown instanceof SimulationFailure);
          assert.match(thrown.message, new RegExp(`replay: node \\S+ ${seed}$`));
          missing.delete(thrown.check);
        }
      }
      assert.deepEqual([...missing], []);
    });
  }

  test('every check is known to work', () => {
    const proven = new Set(MUTANTS.flatMap((mutant) => mutant.caughtBy));
    assert.deepEqual(
      CHECKS.filter((check) => !proven.has(check)),
      [],
    );
  });
});

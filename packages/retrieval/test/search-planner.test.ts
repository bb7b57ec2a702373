import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planSearch, type SearchNeed } from '../src/embedded/search-planner.ts';

const NEED: SearchNeed = {
  k: 10,
  items: 340_000,
  linkedSlots: 340_000,
  filterCount: undefined,
  excludedCount: 0,
  effort: 160,
};

describe('the search planner', () => {
  it('walks for wide filters and scans for narrow ones', () => {
    const planOf = (share: number | undefined): string =>
      planSearch({ ...NEED, filterCount: share === undefined ? undefined : Math.round(340_000 * share) }).plan;
    assert.equal(planOf(undefined), 'graph');
    assert.equal(planOf(0.5), 'graph');
    assert.equal(planOf(0.15), 'graph');
    assert.equal(planOf(0.1), 'filter_first');
    assert.equal(planOf(0.001), 'filter_first');
    assert.equal(planOf(0), 'filter_first');
    assert.equal(planSearch({ ...NEED, items: 500, linkedSlots: 500 }).plan, 'exact');
  });

  it('widens for narrower filters, for dead slots and larger k', () => {
    assert.equal(planSearch(NEED).width, 160);
    assert.equal(planSearch({ ...NEED, filterCount: 170_000 }).width, 252);
    assert.equal(planSearch({ ...NEED, linkedSlots: 408_000 }).width, 192);
    assert.equal(planSearch({ ...NEED, k: 100 }).width, 321);
    assert.ok(planSearch({ ...NEED, k: 500 }).width >= 750);
  });

  it('asks for some more than k in the beam, however large k is, and widens no further than a scan is worth', () => {
    for (const k of [1, 10, 100, 1000]) {
      for (const share of [1, 0.8, 0.5, 0.3, 0.2]) {
        const filterCount = Math.round(340_000 * share);
        const plan = planSearch({ ...NEED, k, filterCount });
        if (plan.plan !== 'graph') continue;
        assert.ok(plan.width * share >= 1.5 * k, `k ${k}, share ${share}: ${plan.width}`);
        assert.ok(plan.width <= plan.widthMax && plan.widthMax <= filterCount / 50);
        assert.ok(plan.target <= plan.width * share);
      }
    }
  });

  it('always asks for at least k, and scans when so few may pass that a walk could miss them', () => {
    for (const k of [1, 10, 100, 1000, 10_000]) {
      const plan = planSearch({ ...NEED, k });
      assert.ok(plan.rerank >= k);
      if (plan.plan === 'graph') assert.ok(plan.target >= k && plan.width >= plan.rerank);
    }
    assert.equal(planSearch({ ...NEED, k: 10, filterCount: 20_010, excludedCount: 20_000 }).plan, 'filter_first');
  });
});

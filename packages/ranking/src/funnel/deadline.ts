import type { Clock } from '@rangefinder/base';
import type { RankerConfig } from '../config/ranker-config.ts';
import type { StageName } from '../rank-response.ts';

type Share = keyof RankerConfig['budgets'];

/** Parts of the funnel that take time, in order, each with the budget that it draws on. */
const TIMED: readonly (readonly [StageName, Share])[] = [
  ['user', 'user'],
  ['sources', 'sources'],
  ['light_features', 'features'],
  ['light', 'light'],
  ['heavy_features', 'features'],
  ['heavy', 'heavy'],
  ['rerank', 'rerank'],
];

/**
 * One deadline over all stages. A stage may use its share of what is left, shared with the stages after it, so time that an
 * earlier stage did not use flows on to all later ones.
 */
export class Deadline {
  readonly deadlineUs: number;
  readonly #clock: Clock;
  readonly #shares: RankerConfig['budgets'];
  readonly #active: ReadonlySet<StageName>;

  /** `active`: the stages that this request goes through; the others' shares go to these. */
  constructor(clock: Clock, deadlineUs: number, shares: RankerConfig['budgets'], active: ReadonlySet<StageName>) {
    this.#clock = clock;
    this.deadlineUs = deadlineUs;
    this.#shares = shares;
    this.#active = active;
  }

  /** Until when the stage may take, in monotonic µs; Infinity without a deadline. */
  limitUs(stage: StageName): number {
    if (this.deadlineUs === Infinity) return Infinity;
    const nowUs = this.#clock.nowUs();
    let own = 0;
    let all = 0;
    for (const [name, share] of TIMED) {
      if (own === 0 && name !== stage) continue;
      if (name !== stage && !this.#active.has(name)) continue;
      if (name === stage) own = this.#shares[share];
      all += this.#shares[share];
    }
    return own === 0 ? this.deadlineUs : nowUs + Math.max(0, this.deadlineUs - nowUs) * (own / all);
  }
}

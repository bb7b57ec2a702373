import type { Clock } from '@rangefinder/base';
import type { RankObserver } from '../rank-observer.ts';
import type { Degradation, DegradationKind, StageExplanation, StageName, UserPartRun } from '../rank-response.ts';

type Entry = { -readonly [K in keyof StageExplanation]: StageExplanation[K] } & {
  dropped: Record<string, number>;
  userParts: UserPartRun[];
};

/** What happened in one request, stage by stage. */
export class StageLog {
  readonly degradations: Degradation[] = [];
  readonly #clock: Clock;
  readonly #ranker: string;
  readonly #observer: RankObserver | undefined;
  readonly #stages = new Map<StageName, Entry>();

  constructor(clock: Clock, ranker: string, observer: RankObserver | undefined) {
    this.#clock = clock;
    this.#ranker = ranker;
    this.#observer = observer;
  }

  get stages(): readonly StageExplanation[] {
    return [...this.#stages.values()];
  }

  get costUs(): number {
    let sum = 0;
    for (const { costUs } of this.#stages.values()) sum += costUs;
    return sum;
  }

  degrade(kind: DegradationKind, stage: StageName, reason: string): void {
    if (this.degradations.some((one) => one.kind === kind && one.reason === reason)) return;
    this.degradations.push({ kind, stage, reason });
  }

  transformFailed(transform: string): void {
    this.#observer?.transformFailed?.({ ranker: this.#ranker, transform });
  }

  /** Runs a stage and measures it, however it ends. */
  async stage<T>(stage: StageName, limitUs: number, work: (entry: Entry) => Promise<T>): Promise<T> {
    const { entry, startUs } = this.#begin(stage, limitUs);
    try {
      return await work(entry);
    } finally {
      this.#end(entry, startUs);
    }
  }

  /** A stage that never waits: its duration is its cost. */
  compute<T>(stage: StageName, work: (entry: Entry) => T): T {
    const { entry, startUs } = this.#begin(stage, Infinity);
    try {
      return work(entry);
    } finally {
      entry.costUs += this.#clock.nowUs() - startUs;
      this.#end(entry, startUs);
    }
  }

  /** Counts the time of work on the main thread inside of a stage. */
  charge<T>(entry: Entry, work: () => T): T {
    const startUs = this.#clock.nowUs();
    const value = work();
    entry.costUs += this.#clock.nowUs() - startUs;
    return value;
  }

  #begin(stage: StageName, limitUs: number): { entry: Entry; startUs: number } {
    const startUs = this.#clock.nowUs();
    const budgetUs = limitUs === Infinity ? null : limitUs - startUs;
    const entry: Entry = { stage, in: 0, out: 0, durationUs: 0, budgetUs, costUs: 0, dropped: {}, userParts: [] };
    this.#stages.set(stage, entry);
    return { entry, startUs };
  }

  #end(entry: Entry, startUs: number): void {
    entry.durationUs = this.#clock.nowUs() - startUs;
    this.#observer?.stageFinished?.({ ranker: this.#ranker, stage: entry.stage, durationUs: entry.durationUs });
  }
}

export type StageEntry = Entry;

import { hasBit } from '../attributes/bitmap.ts';
import type { ItemFilter } from '../vector-index.ts';
import type { CandidateList } from './candidate-source.ts';

export interface SourceAnswer {
  /** undefined when the source failed. */
  readonly list: CandidateList | undefined;
  readonly quota: number;
  readonly backfillOrder: number | 'never';
}

export interface MergeRules {
  readonly limit: number;
  readonly filter: ItemFilter | undefined;
  readonly exclude: ReadonlySet<number>;
}

export interface MergedCandidates {
  readonly ids: Uint32Array;
  readonly scores: Float32Array;
  readonly firstSource: Uint8Array;
  readonly sourceBits: Uint32Array;
  /** By source. */
  readonly taken: readonly number[];
  readonly backfilled: readonly number[];
}

/** Quotas first, then filling up; an item counts for the source that takes it first and is marked with all that had it. */
export function mergeCandidates(answers: readonly SourceAnswer[], rules: MergeRules): MergedCandidates {
  const merge = new Merge(answers, rules);
  shareOut(
    answers.map(({ quota }) => quota),
    rules.limit,
  ).forEach((quota, i) => merge.take(i, quota));
  const order = [...answers.keys()].filter((i) => answers[i]!.backfillOrder !== 'never');
  order.sort((a, b) => Number(answers[a]!.backfillOrder) - Number(answers[b]!.backfillOrder) || a - b);
  for (const i of order) merge.backfill(i);
  return merge.finish();
}

/** Quotas that fit the limit: unchanged if they do, else cut in proportion, what rounding leaves going to the first. */
function shareOut(quotas: readonly number[], limit: number): number[] {
  const sum = quotas.reduce((a, b) => a + b, 0);
  if (sum <= limit) return [...quotas];
  const shares = quotas.map((quota) => Math.floor((quota * limit) / sum));
  let left = limit - shares.reduce((a, b) => a + b, 0);
  return shares.map((share, i) => (share < quotas[i]! && left-- > 0 ? share + 1 : share));
}

class Merge {
  readonly #answers: readonly SourceAnswer[];
  readonly #rules: MergeRules;
  readonly #ids: Uint32Array;
  readonly #scores: Float32Array;
  readonly #firstSource: Uint8Array;
  readonly #places = new Map<number, number>();
  /** How far each source's list was read. */
  readonly #read: number[];
  readonly #taken: number[];
  readonly #backfilled: number[];
  #count = 0;

  constructor(answers: readonly SourceAnswer[], rules: MergeRules) {
    this.#answers = answers;
    this.#rules = rules;
    const available = answers.reduce((sum, { list }) => sum + (list?.ids.length ?? 0), 0);
    const room = Math.min(rules.limit, available);
    this.#ids = new Uint32Array(room);
    this.#scores = new Float32Array(room);
    this.#firstSource = new Uint8Array(room);
    this.#read = answers.map(() => 0);
    this.#taken = answers.map(() => 0);
    this.#backfilled = answers.map(() => 0);
  }

  /** Takes up to `wanted` new items of a source; returns how many there were. */
  take(source: number, wanted: number): number {
    const list = this.#answers[source]!.list;
    if (list === undefined) return 0;
    let got = 0;
    let at = this.#read[source]!;
    for (; at < list.ids.length && got < wanted && this.#count < this.#ids.length; at++) {
      const id = list.ids[at]!;
      if (this.#places.has(id) || !this.#allows(id)) continue;
      this.#places.set(id, this.#count);
      this.#ids[this.#count] = id;
      this.#scores[this.#count] = list.scores[at]!;
      this.#firstSource[this.#count] = source;
      this.#count++;
      got++;
    }
    this.#read[source] = at;
    this.#taken[source]! += got;
    return got;
  }

  backfill(source: number): void {
    this.#backfilled[source]! += this.take(source, Infinity);
  }

  finish(): MergedCandidates {
    const sourceBits = new Uint32Array(this.#count);
    this.#answers.forEach(({ list }, source) => {
      for (const id of list?.ids ?? []) {
        const place = this.#places.get(id);
        if (place !== undefined) sourceBits[place]! |= 1 << source;
      }
    });
    return {
      ids: this.#ids.subarray(0, this.#count),
      scores: this.#scores.subarray(0, this.#count),
      firstSource: this.#firstSource.subarray(0, this.#count),
      sourceBits,
      taken: this.#taken,
      backfilled: this.#backfilled,
    };
  }

  /** A source may be somebody else's: what it must not return is dropped here. */
  #allows(id: number): boolean {
    return !this.#rules.exclude.has(id) && (this.#rules.filter === undefined || hasBit(this.#rules.filter.bits, id));
  }
}

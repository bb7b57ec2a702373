import type { Adjustment } from '../rank-response.ts';

/** Candidates by position, best first, as columns. */
export interface Ranked {
  readonly scores: Float64Array;
  /** Higher tiers come first whatever the scores: heavy scores, light scores, none. */
  readonly tiers: Uint8Array;
}

export interface AttributeLimit {
  readonly attribute: string;
  readonly max: number;
  /** Of so many positions in a row. */
  readonly window: number;
  /** By position; −1 is no value, of which there may be any number. */
  readonly codes: Int32Array;
}

export interface Mmr {
  readonly lambda: number;
  /** The best so many positions are chosen among. */
  readonly window: number;
  readonly dimensions: number;
  /** window × dimensions. */
  readonly embeddings: Float32Array;
}

export interface Reranking {
  readonly ranked: Ranked;
  readonly limits: readonly AttributeLimit[];
  readonly mmr: Mmr | undefined;
  /** Target position → position of the candidate that goes there. */
  readonly pins: ReadonlyMap<number, number>;
  /** Places to fill by choice; what is behind them keeps its order. */
  readonly depth: number;
  /** Told why a candidate is not where its score would have it. */
  readonly note?: ((position: number, adjustment: Adjustment) => void) | undefined;
}

/**
 * Fills the places one after the other, each with the best candidate that no attribute limit forbids there: by score, or by
 * maximal marginal relevance (J. Carbonell and J. Goldstein, 1998) with scores normalised over the window to [0, 1] and cosine
 * similarity. Where every candidate left is forbidden, the best of them goes there all the same: a full page comes first.
 * Pinned candidates go where they are pinned. Returns all positions in their new order.
 */
export function rerank(reranking: Reranking): Uint32Array {
  return new Choice(reranking).order();
}

class Choice {
  readonly #parts: Reranking;
  readonly #count: number;
  readonly #order: Uint32Array;
  readonly #taken: Uint8Array;
  readonly #pinned: ReadonlySet<number>;
  readonly #relevance: Float64Array;
  /** By position in MMR's window: similarity to the nearest candidate chosen so far. */
  readonly #nearest: Float64Array;
  readonly #unit: Float32Array;
  /** Of each limit: the codes of what was chosen, by place. */
  readonly #codes: readonly Int32Array[];
  readonly #window: number;
  #chosen = 0;
  /** All before it are taken or pinned. */
  #first = 0;

  constructor(parts: Reranking) {
    this.#parts = parts;
    this.#count = parts.ranked.scores.length;
    this.#order = new Uint32Array(this.#count);
    this.#taken = new Uint8Array(this.#count);
    this.#pinned = new Set(parts.pins.values());
    this.#window = parts.mmr === undefined ? 0 : Math.min(this.#count, parts.mmr.window);
    this.#codes = parts.limits.map(() => new Int32Array(this.#count));
    this.#relevance = relevance(parts.ranked, this.#window);
    this.#nearest = new Float64Array(this.#window).fill(Number.NaN);
    this.#unit = unitVectors(parts.mmr, this.#window);
  }

  order(): Uint32Array {
    const depth = Math.min(this.#parts.depth, this.#count);
    while (this.#chosen < depth) this.#place(this.#next());
    for (const position of this.#pinned) if (this.#taken[position] === 0) this.#place(position);
    for (let position = 0; position < this.#count; position++) if (this.#taken[position] === 0) this.#place(position);
    return this.#order;
  }

  #next(): number {
    const pinned = this.#parts.pins.get(this.#chosen);
    if (pinned !== undefined) {
      this.#parts.note?.(pinned, { kind: 'pin', detail: `to position ${this.#chosen + 1}` });
      return pinned;
    }
    while (this.#isGone(this.#first)) this.#first += 1;
    // Only pins are left, for places beyond the last candidate.
    if (this.#first >= this.#count) return [...this.#pinned].find((position) => this.#taken[position] === 0)!;
    const best = this.#best();
    if (best < 0) {
      this.#parts.note?.(this.#first, { kind: 'diversity_relaxed', detail: 'all candidates left are over a limit' });
      return this.#first;
    }
    if (best !== this.#first) this.#parts.note?.(best, this.#reason(best));
    return best;
  }

  /** The best candidate that nothing forbids; −1 when there is none. */
  #best(): number {
    const { tiers } = this.#parts.ranked;
    let best = -1;
    let bestGain = -Infinity;
    for (let position = this.#first; position < this.#count; position++) {
      const inWindow = position < this.#window;
      if (best >= 0 && (!inWindow || tiers[position]! < tiers[best]!)) break;
      if (this.#isGone(position) || this.#isForbidden(position)) continue;
      if (!inWindow) return position;
      const gain = this.#gain(position);
      if (gain > bestGain) [best, bestGain] = [position, gain];
    }
    return best;
  }

  #gain(position: number): number {
    const { lambda } = this.#parts.mmr!;
    const nearest = this.#nearest[position]!;
    return lambda * this.#relevance[position]! - (1 - lambda) * (Number.isNaN(nearest) ? 0 : nearest);
  }

  #isGone(position: number): boolean {
    if (position >= this.#count) return false;
    return this.#taken[position] === 1 || (this.#pinned.size > 0 && this.#pinned.has(position));
  }

  #isForbidden(position: number): boolean {
    const { limits } = this.#parts;
    for (let i = 0; i < limits.length; i++) if (this.#isOver(i, limits[i]!, position)) return true;
    return false;
  }

  /** Whether there are as many of the candidate's value as may be in the places before. */
  #isOver(index: number, { codes, max, window }: AttributeLimit, position: number): boolean {
    const code = codes[position]!;
    if (code < 0) return false;
    const chosen = this.#codes[index]!;
    let count = 0;
    for (let i = Math.max(0, this.#chosen - window + 1); i < this.#chosen; i++) count += Number(chosen[i] === code);
    return count >= max;
  }

  #reason(position: number): Adjustment {
    const forbidden = this.#parts.limits.find((limit, i) => this.#isOver(i, limit, this.#first));
    if (forbidden !== undefined)
      return { kind: 'diversity', detail: `before one with too many of its ${forbidden.attribute}` };
    return { kind: 'mmr', detail: `from place ${position + 1}, for being different` };
  }

  #place(position: number): void {
    this.#taken[position] = 1;
    this.#order[this.#chosen] = position;
    for (let i = 0; i < this.#codes.length; i++)
      this.#codes[i]![this.#chosen] = this.#parts.limits[i]!.codes[position]!;
    this.#chosen += 1;
    if (this.#parts.mmr === undefined || this.#chosen >= this.#parts.depth) return;
    if (position >= this.#window) return;
    const { dimensions } = this.#parts.mmr;
    const [unit, from] = [this.#unit, position * dimensions];
    for (let other = 0; other < this.#window; other++) {
      if (this.#taken[other] === 1) continue;
      let similarity = 0;
      for (let d = 0; d < dimensions; d++) similarity += unit[from + d]! * unit[other * dimensions + d]!;
      const nearest = this.#nearest[other]!;
      if (!(nearest >= similarity)) this.#nearest[other] = similarity;
    }
  }
}

/** Scores of the window laid out over [0, 1]; what has no finite score is 0. */
function relevance({ scores }: Ranked, window: number): Float64Array {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < window; i++) {
    const score = scores[i]!;
    if (Number.isFinite(score)) [low, high] = [Math.min(low, score), Math.max(high, score)];
  }
  return Float64Array.from({ length: window }, (_, i) => {
    const score = scores[i]!;
    return Number.isFinite(score) && high > low ? (score - low) / (high - low) : 0;
  });
}

/** Of length 1; a zero vector stays one and is like nothing. */
function unitVectors(mmr: Mmr | undefined, window: number): Float32Array {
  if (mmr === undefined) return new Float32Array(0);
  const { dimensions } = mmr;
  const unit = mmr.embeddings.slice(0, window * dimensions);
  for (let i = 0; i < window; i++) {
    let square = 0;
    for (let d = 0; d < dimensions; d++) square += unit[i * dimensions + d]! ** 2;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let d = 0; d < dimensions; d++) unit[i * dimensions + d]! *= scale;
  }
  return unit;
}

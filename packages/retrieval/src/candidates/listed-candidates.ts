import { hasBit } from '../attributes/bitmap.ts';
import type { CandidateList, CandidateRequest } from './candidate-source.ts';

/** Columns that grow up to a limit; what a source fills. */
export class CandidateColumns {
  readonly #limit: number;
  readonly #ids: Uint32Array;
  readonly #scores: Float32Array;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#ids = new Uint32Array(limit);
    this.#scores = new Float32Array(limit);
  }

  get isFull(): boolean {
    return this.#count === this.#limit;
  }

  push(id: number, score: number): void {
    this.#ids[this.#count] = id;
    this.#scores[this.#count] = score;
    this.#count++;
  }

  toList(): CandidateList {
    return { ids: this.#ids.subarray(0, this.#count), scores: this.#scores.subarray(0, this.#count) };
  }
}

/** Whether a request takes an item. */
export function isWanted(request: CandidateRequest, id: number): boolean {
  return (request.filter === undefined || hasBit(request.filter.bits, id)) && !request.exclude.has(id);
}

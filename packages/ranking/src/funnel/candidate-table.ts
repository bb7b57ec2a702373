import type { ItemFilter } from '@rangefinder/retrieval';
import { UNKNOWN_ITEM } from '../ports.ts';

/** The candidates of one request as columns; a row is a candidate. */
export interface CandidateTable {
  readonly ids: readonly string[];
  readonly numbers: Uint32Array;
  readonly sourceBits: Uint32Array;
  readonly sourceScores: Float32Array;
}

export const EMPTY_TABLE: CandidateTable = {
  ids: [],
  numbers: new Uint32Array(0),
  sourceBits: new Uint32Array(0),
  sourceScores: new Float32Array(0),
};

/** The rows named, in that order, as a table of their own. */
export function selectRows(table: CandidateTable, rows: Uint32Array): CandidateTable {
  const selected = {
    ids: Array.from(rows, (row) => table.ids[row]!),
    numbers: new Uint32Array(rows.length),
    sourceBits: new Uint32Array(rows.length),
    sourceScores: new Float32Array(rows.length),
  };
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    selected.numbers[i] = table.numbers[row]!;
    selected.sourceBits[i] = table.sourceBits[row]!;
    selected.sourceScores[i] = table.sourceScores[row]!;
  }
  return selected;
}

export function joinTables(a: CandidateTable, b: CandidateTable): CandidateTable {
  const join = <A extends Uint32Array | Float32Array>(target: A, x: A, y: A): A => {
    target.set(x);
    target.set(y, x.length);
    return target;
  };
  const rows = a.ids.length + b.ids.length;
  return {
    ids: [...a.ids, ...b.ids],
    numbers: join(new Uint32Array(rows), a.numbers, b.numbers),
    sourceBits: join(new Uint32Array(rows), a.sourceBits, b.sourceBits),
    sourceScores: join(new Float32Array(rows), a.sourceScores, b.sourceScores),
  };
}

/** An item that the catalogue does not know passes no filter. */
export function passes(filter: ItemFilter, number: number): boolean {
  return number !== UNKNOWN_ITEM && (((filter.bits[number >>> 5] ?? 0) >>> (number & 31)) & 1) === 1;
}

/**
 * The positions 0 … n − 1 from the best score to the worst: scores that are NaN or infinite last, equals by id, so that the
 * same scores always give the same order.
 */
export function orderByScore(scores: Float64Array, ids: readonly string[]): Uint32Array {
  const order = new Uint32Array(scores.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return order.sort((a, b) => {
    const x = scores[a]!;
    const y = scores[b]!;
    // The usual case first; a difference overflows only between numbers far apart.
    const difference = y - x;
    if (Number.isFinite(difference) && difference !== 0) return difference;
    const xIsFinite = Number.isFinite(x);
    if (xIsFinite !== Number.isFinite(y)) return xIsFinite ? -1 : 1;
    if (xIsFinite && x !== y) return x > y ? -1 : 1;
    return ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : 0;
  });
}

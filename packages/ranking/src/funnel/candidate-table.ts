import type { ItemFilter } from '@rangefinder/retrieval';
import { UNKNOWN_ITEM } from '../ports.ts';
import type { RequestMemory } from './request-memory.ts';
import { ScoreSort } from './score-sort.ts';

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
export function selectRows(table: CandidateTable, rows: Uint32Array, memory: RequestMemory): CandidateTable {
  const selected = {
    ids: idsOf(table, rows),
    numbers: numbersOf(table, rows, memory),
    sourceBits: memory.numbers(rows.length),
    sourceScores: memory.floats(rows.length),
  };
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    selected.sourceBits[i] = table.sourceBits[row]!;
    selected.sourceScores[i] = table.sourceScores[row]!;
  }
  return selected;
}

/** The ids of these rows, in their order. */
export function idsOf({ ids }: Pick<CandidateTable, 'ids'>, rows: Uint32Array): string[] {
  const selected: string[] = [];
  for (let i = 0; i < rows.length; i++) selected.push(ids[rows[i]!]!);
  return selected;
}

/** The numbers of these rows, in their order. */
export function numbersOf(
  { numbers }: Pick<CandidateTable, 'numbers'>,
  rows: Uint32Array,
  memory: RequestMemory,
): Uint32Array {
  const selected = memory.numbers(rows.length);
  for (let i = 0; i < rows.length; i++) selected[i] = numbers[rows[i]!]!;
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

/** The positions 0 … n − 1 from the best score to the worst, as `ScoreSort` orders them. */
export function orderByScore(
  scores: Float64Array | Float32Array,
  ids: readonly string[],
  memory: RequestMemory,
): Uint32Array {
  const order = memory.numbers(scores.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  if (!isFalling(scores)) new ScoreSort(scores, (position) => ids[position]!, memory).sort(order, 0, order.length);
  return order;
}

/** Sources give their best first. */
function isFalling(scores: Float64Array | Float32Array): boolean {
  for (let i = 1; i < scores.length; i++) if (!(scores[i]! < scores[i - 1]!)) return false;
  return scores.length === 0 || (Number.isFinite(scores[0]) && Number.isFinite(scores.at(-1)));
}

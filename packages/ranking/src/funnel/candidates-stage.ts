import type { Clock } from '@rangefinder/base';
import { RangefinderError, toRangefinderError } from '@rangefinder/base';
import type { CandidatePort, GatheredCandidates, GatherSource, ItemPort } from '../ports.ts';
import { UNKNOWN_ITEM } from '../ports.ts';
import { EMPTY_TABLE, joinTables, selectRows, type CandidateTable } from './candidate-table.ts';
import type { Cancellation } from './cancellation.ts';
import type { Exclusion } from './exclusion.ts';
import { NumberSet } from './number-set.ts';
import type { RequestMemory } from './request-memory.ts';
import { reasonOf, settle } from './settle.ts';
import type { StageEntry, StageLog } from './stage-log.ts';

/** The candidates that a request brought, duplicates dropped; ranked in the given order where nothing else scores them. */
export function givenCandidates(
  ids: readonly string[],
  items: ItemPort,
  memory: RequestMemory,
): { table: CandidateTable; duplicates: number } {
  const unique: string[] = [];
  const numbers = memory.numbers(ids.length);
  const taken = new NumberSet(ids.length, memory);
  const unknown = new Set<string>();
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const number = items.numberOf(id);
    if (number === undefined) {
      if (unknown.has(id)) continue;
      unknown.add(id);
    } else if (!taken.add(number)) continue;
    numbers[unique.length] = number ?? UNKNOWN_ITEM;
    // The items' own text for it: what compares ids later then compares one object with itself.
    unique.push((number === undefined ? undefined : items.idOf(number)) ?? id);
  }
  const rows = unique.length;
  const sourceBits = memory.numbers(rows).fill(0);
  const sourceScores = memory.floats(rows);
  for (let i = 0; i < rows; i++) sourceScores[i] = 1 / (1 + i);
  return {
    table: { ids: unique, numbers: numbers.subarray(0, rows), sourceBits, sourceScores },
    duplicates: ids.length - rows,
  };
}

export interface Gathering {
  readonly port: CandidatePort;
  readonly items: ItemPort;
  readonly clock: Clock;
  readonly sources: readonly GatherSource[];
  readonly limit: number;
  readonly limitUs: number;
  readonly exclusion: Exclusion;
  readonly user: string;
  readonly signal: Cancellation;
  readonly memory: RequestMemory;
  readonly log: StageLog;
}

/** Asks the sources. An empty table and a report when they cannot be had. Rejects with CANCELLED only. */
export async function gatherCandidates(gathering: Gathering): Promise<CandidateTable> {
  const { port, items, clock, sources, limit, limitUs, exclusion, user, signal, log, memory } = gathering;
  const work = called(() =>
    port.gather({
      user,
      sources,
      limit,
      filter: exclusion.filter,
      exclude: exclusion.numbers,
      deadlineUs: limitUs,
      signal: signal.signal,
    }),
  );
  const settled = await settle(clock, work, limitUs, signal);
  if (settled.kind !== 'done') {
    log.degrade('source_failed', 'sources', `all sources: ${reasonOf(settled)}`);
    return EMPTY_TABLE;
  }
  for (const { name, status, error } of settled.value.reports) {
    if (status === 'ok') continue;
    log.degrade(
      'source_failed',
      'sources',
      `source ${name}: ${error === undefined ? status : `${error.code}: ${error.message}`}`,
    );
  }
  return gatheredTable(settled.value, items, limit, sources.length === 1, memory);
}

/** What it throws becomes a rejection. */
async function called<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw toRangefinderError(thrown);
  }
}

/** Drops what sources must not have given: numbers twice, numbers that name nothing, more than was asked for. */
function gatheredTable(
  gathered: GatheredCandidates,
  items: ItemPort,
  limit: number,
  keepScores: boolean,
  memory: RequestMemory,
): CandidateTable {
  const ids: string[] = [];
  const rows = memory.numbers(Math.min(limit, gathered.ids.length));
  const seen = new NumberSet(gathered.ids.length, memory);
  for (let row = 0; row < gathered.ids.length && ids.length < limit; row++) {
    const number = gathered.ids[row]!;
    const id = seen.add(number) ? items.idOf(number) : undefined;
    if (id === undefined) continue;
    rows[ids.length] = row;
    ids.push(id);
  }
  const count = ids.length;
  const numbers = memory.numbers(count);
  const sourceBits = memory.numbers(count);
  const sourceScores = memory.floats(count);
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    numbers[i] = gathered.ids[row]!;
    sourceBits[i] = gathered.sourceBits[row] ?? 0;
    // Scores of several sources cannot be compared, their order can.
    sourceScores[i] = keepScores ? gathered.scores[row]! : 1 / (1 + i);
  }
  return { ids, numbers, sourceBits, sourceScores };
}

/** Rows that may be shown; the others are counted by reason. */
export function filterCandidates(
  table: CandidateTable,
  exclusion: Exclusion,
  entry: StageEntry,
  memory: RequestMemory,
): CandidateTable {
  const rows = memory.numbers(table.ids.length);
  let count = 0;
  for (let row = 0; row < rows.length; row++) {
    const reason = exclusion.reason(table.ids[row]!, table.numbers[row]!);
    if (reason === undefined) rows[count++] = row;
    else entry.dropped[reason] = (entry.dropped[reason] ?? 0) + 1;
  }
  return count === rows.length ? table : selectRows(table, rows.subarray(0, count), memory);
}

/** Fills a table that is too short for the page with popular items that may be shown. */
export function withPopular(
  table: CandidateTable,
  wanted: number,
  items: ItemPort,
  exclusion: Exclusion,
): CandidateTable {
  const missing = wanted - table.ids.length;
  const known = new Set(table.numbers);
  const numbers: number[] = [];
  const ids: string[] = [];
  for (const number of items.popular(wanted + exclusion.numbers.size + POPULAR_SPARE)) {
    if (numbers.length >= missing) break;
    const id = known.has(number) ? undefined : items.idOf(number);
    if (id === undefined || exclusion.reason(id, number) !== undefined) continue;
    known.add(number);
    numbers.push(number);
    ids.push(id);
  }
  const rows = numbers.length;
  const least = table.sourceScores.reduce((min, score) => (score < min ? score : min), 0);
  return joinTables(table, {
    ids,
    numbers: Uint32Array.from(numbers),
    sourceBits: new Uint32Array(rows),
    sourceScores: Float32Array.from({ length: rows }, (_, i) => least - 1 - i),
  });
}

/** Popular items looked at beyond the page, since filters drop some. */
const POPULAR_SPARE = 2_000;

export function unavailable(reasons: readonly string[]): RangefinderError {
  return new RangefinderError('UNAVAILABLE', `no candidates could be had: ${reasons.join('; ')}`);
}

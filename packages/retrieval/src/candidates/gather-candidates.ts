import { invalidArgument } from '@rangefinder/base';
import { throwIfAborted } from '../abort-error.ts';
import { fetchInTime, type FetchOutcome } from './fetch-in-time.ts';
import type { GatheredCandidates, GatheringRequest, SourceReport } from './gathering-request.ts';
import { mergeCandidates } from './merge-candidates.ts';

const SOURCES_MAX = 32;
const CANDIDATES_MAX = 100_000;

/**
 * Asks all sources at once, each with its own deadline, and merges what arrives: first every source's quota in their order,
 * then, while there is room, what is left over in the order of filling up. A source that fails or is late is reported and
 * its place is filled by the others, so the result is full while any source has items.
 *
 * Rejects with INVALID_ARGUMENT for a request that makes no sense, and with the signal's reason (CANCELLED,
 * DEADLINE_EXCEEDED) when it is aborted.
 */
export async function gatherCandidates(request: GatheringRequest): Promise<GatheredCandidates> {
  checkRequest(request);
  const { sources, limit, signal } = request;
  const outcomes = await Promise.all(
    sources.map((share) => {
      const fetchLimit = share.backfillOrder === 'never' ? Math.min(limit, 2 * share.quota) : limit;
      return fetchInTime(share, fetchLimit, request);
    }),
  );
  throwIfAborted(signal);
  const merged = mergeCandidates(
    outcomes.map((outcome, i) => ({
      list: outcome.list,
      quota: sources[i]!.quota,
      backfillOrder: sources[i]!.backfillOrder ?? i,
    })),
    { limit, filter: request.filter, exclude: request.exclude ?? new Set() },
  );
  return {
    ids: merged.ids,
    scores: merged.scores,
    firstSource: merged.firstSource,
    sourceBits: merged.sourceBits,
    reports: outcomes.map((outcome, i) =>
      reportOf(sources[i]!.source.name, outcome, merged.taken[i]!, merged.backfilled[i]!),
    ),
  };
}

function reportOf(name: string, outcome: FetchOutcome, taken: number, backfilled: number): SourceReport {
  const { status, list, durationUs, error } = outcome;
  const report = { name, status, fetched: list?.ids.length ?? 0, taken, backfilled, durationUs };
  return error === undefined ? report : { ...report, error };
}

function checkRequest({ sources, limit }: GatheringRequest): void {
  if (sources.length === 0 || sources.length > SOURCES_MAX) {
    throw invalidArgument('sources', `expected 1 to ${SOURCES_MAX} of them, got ${sources.length}`);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > CANDIDATES_MAX) {
    throw invalidArgument('limit', `expected a whole number from 1 to ${CANDIDATES_MAX}, got ${limit}`);
  }
  sources.forEach(({ quota, deadlineMs }, i) => {
    if (!Number.isInteger(quota) || quota < 0) {
      throw invalidArgument(`sources[${i}].quota`, `expected a whole number from 0, got ${quota}`);
    }
    if (!(deadlineMs > 0)) throw invalidArgument(`sources[${i}].deadlineMs`, `expected more than 0, got ${deadlineMs}`);
  });
}

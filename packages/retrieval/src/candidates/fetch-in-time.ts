import { RangefinderError, toRangefinderError } from '@rangefinder/base';
import type { CandidateList } from './candidate-source.ts';
import type { GatheringRequest, SourceReport, SourceShare } from './gathering-request.ts';

export interface FetchOutcome {
  readonly status: SourceReport['status'];
  readonly list?: CandidateList;
  readonly durationUs: number;
  readonly error?: RangefinderError;
}

/** One source's answer, or why there is none. Never rejects, and never takes longer than the source's deadline. */
export function fetchInTime(share: SourceShare, limit: number, request: GatheringRequest): Promise<FetchOutcome> {
  const { clock, signal } = request;
  const { name } = share.source;
  const startUs = clock.nowUs();
  const abort = new AbortController();
  return new Promise((resolve) => {
    const settle = (status: SourceReport['status'], rest: { list?: CandidateList; error?: RangefinderError }): void => {
      timer.cancel();
      signal?.removeEventListener('abort', cancel);
      resolve({ status, durationUs: clock.nowUs() - startUs, ...rest });
    };
    const giveUp = (error: RangefinderError): void => {
      abort.abort(error);
      settle('late', { error });
    };
    const cancel = (): void => giveUp(new RangefinderError('CANCELLED', `${name}: the request was cancelled`));
    const timer = clock.schedule(share.deadlineMs * 1000, () =>
      giveUp(new RangefinderError('DEADLINE_EXCEEDED', `${name}: not ready within ${share.deadlineMs} ms`)),
    );
    if (signal?.aborted === true) return cancel();
    signal?.addEventListener('abort', cancel);
    // A source that throws at once must fail like one that rejects.
    Promise.resolve()
      .then(() =>
        share.source.fetch({
          limit,
          filter: request.filter,
          exclude: request.exclude ?? new Set(),
          inputs: share.inputs ?? {},
          signal: abort.signal,
        }),
      )
      .then((list) => settle('ok', { list: checkedList(name, list) }))
      .catch((error: unknown) => settle('failed', { error: toRangefinderError(error) }));
  });
}

function checkedList(name: string, list: CandidateList): CandidateList {
  if (list.ids.length !== list.scores.length) {
    throw new RangefinderError('INTERNAL', `${name}: ${list.scores.length} scores for ${list.ids.length} ids`);
  }
  if (!list.scores.every(Number.isFinite))
    throw new RangefinderError('INTERNAL', `${name}: a score is not a finite number`);
  return list;
}

import type { Batch } from '@rangefinder/scheduling';
import type { LedgerRequest, SchedulerLedger } from './scheduler-ledger.ts';
import { ensure } from './violation.ts';

/** Everything that must hold of a batch at its start; then books it in the ledger. */
export function checkAndBookStart(ledger: SchedulerLedger, batch: Batch): void {
  checkInstance(ledger, batch);
  const members = checkParts(ledger, batch);
  checkOrder(ledger, batch, members);
  checkCounts(ledger, batch, members);
  checkCut(ledger, batch, members);
  book(ledger, batch, members);
}

function checkInstance(ledger: SchedulerLedger, batch: Batch): void {
  const { instances } = ledger.options;
  ensure(!ledger.batches.has(batch.id), 'batch id', () => `batch ${batch.id} runs already`);
  ensure(
    batch.instance >= 0 && batch.instance < instances,
    'instance',
    () => `instance ${batch.instance} of ${instances}`,
  );
  const taken = [...ledger.batches.values()].find((other) => other.instance === batch.instance);
  ensure(taken === undefined, 'instance', () => `instance ${batch.instance} still runs batch ${taken?.id}`);
}

function checkParts(ledger: SchedulerLedger, batch: Batch): LedgerRequest[] {
  const name = `batch ${batch.id}`;
  ensure(batch.parts.length > 0, 'batch', () => `${name} is empty`);
  ensure(
    ledger.batched || batch.parts.length === 1,
    'batch',
    () => `${name} has ${batch.parts.length} parts, but requests run alone`,
  );
  let rows = 0;
  const members: LedgerRequest[] = [];
  for (const part of batch.parts) {
    const request = ledger.requests.get(part.requestId);
    const partName = `request ${part.requestId} in ${name}`;
    ensure(request !== undefined, 'known request', () => `${partName} was never admitted`);
    ensure(
      request.outcome === 'pending',
      'no work after the end',
      () => `${partName} had its outcome: ${request.outcome}`,
    );
    ensure(!members.includes(request), 'part twice', () => `${partName} appears twice`);
    ensure(
      request.shapeKey === batch.shapeKey,
      'shape',
      () => `${partName} has shape ${request.shapeKey}, the batch ${batch.shapeKey}`,
    );
    ensure(
      part.rowOffset === request.rowsStarted,
      'rows once',
      () => `${partName} starts at ${part.rowOffset}, expected ${request.rowsStarted}`,
    );
    ensure(
      part.rows >= 1 && part.rowOffset + part.rows <= request.rows,
      'rows once',
      () => `${partName}: ${part.rows} rows at ${part.rowOffset} of ${request.rows}`,
    );
    ensure(
      request.oversized || part.rows === request.rows,
      'split',
      () => `${partName} fits in a batch, but was split`,
    );
    ensure(
      part.waitedUs === ledger.nowUs - request.enqueuedUs,
      'explanation',
      () => `${partName} waited ${ledger.nowUs - request.enqueuedUs} µs, not ${part.waitedUs}`,
    );
    members.push(request);
    rows += part.rows;
  }
  ensure(rows === batch.rows, 'batch rows', () => `${name} says ${batch.rows} rows and has ${rows}`);
  ensure(rows <= ledger.maxRows, 'batch limit', () => `${name} has ${rows} rows, the limit is ${ledger.maxRows}`);
  return members;
}

function checkOrder(ledger: SchedulerLedger, batch: Batch, members: readonly LedgerRequest[]): void {
  const inBatch = new Set(members);
  for (let index = 1; index < members.length; index++) {
    const [earlier, later] = [members[index - 1]!, members[index]!];
    ensure(
      !precedes(ledger, later, earlier),
      'order in batch',
      () => `${later.id} comes before ${earlier.id}, but not in batch ${batch.id}`,
    );
  }
  const [first, last] = [members[0]!, members.at(-1)!];
  for (const waiting of ledger.waiting) {
    if (inBatch.has(waiting)) continue;
    const overtaken = waiting.shapeKey === batch.shapeKey && precedes(ledger, waiting, last);
    ensure(!overtaken, 'order', () => `request ${waiting.id} was overtaken by ${last.id} in batch ${batch.id}`);
    const passedOver = ledger.delayUs === 0 && precedes(ledger, waiting, first);
    ensure(
      !passedOver,
      'oldest first',
      () => `request ${waiting.id} waits, but batch ${batch.id} starts with ${first.id}`,
    );
  }
}

/** Certainly before: a higher level, or the same level and an earlier turn. Among late requests of a level no order is promised. */
function precedes(ledger: SchedulerLedger, a: LedgerRequest, b: LedgerRequest): boolean {
  const [rankA, rankB] = [ledger.rankOf(a), ledger.rankOf(b)];
  if (rankA !== rankB) return rankA < rankB;
  return rankA % 2 === 0 && a.turn < b.turn;
}

function checkCounts(ledger: SchedulerLedger, batch: Batch, members: readonly LedgerRequest[]): void {
  const { queuedRequestsBefore, queuedRowsBefore, oldestWaitedUs } = batch.explanation;
  const { waiting } = ledger;
  const rows = waiting.reduce((sum, request) => sum + request.rows - request.rowsStarted, 0);
  ensure(
    queuedRequestsBefore === waiting.length,
    'explanation',
    () => `${queuedRequestsBefore} requests queued, expected ${waiting.length}`,
  );
  ensure(queuedRowsBefore === rows, 'explanation', () => `${queuedRowsBefore} rows queued, expected ${rows}`);
  const oldest = Math.max(...members.map((request) => ledger.nowUs - request.enqueuedUs));
  ensure(oldestWaitedUs === oldest, 'explanation', () => `the oldest waited ${oldest} µs, not ${oldestWaitedUs}`);
}

function checkCut(ledger: SchedulerLedger, batch: Batch, members: readonly LedgerRequest[]): void {
  const { cut } = batch.explanation;
  const { preferredBatchSizes, maxQueueDelayUs } = ledger.options;
  const inBatch = new Set(members);
  const rest = ledger.waiting.filter((request) => request.shapeKey === batch.shapeKey && !inBatch.has(request));
  const preferredMax = preferredBatchSizes.at(-1) ?? ledger.maxRows;
  const truths: Record<typeof cut, boolean> = {
    full: batch.rows === ledger.maxRows,
    preferred_size: preferredBatchSizes.includes(batch.rows) || batch.rows >= preferredMax,
    queue_delay: maxQueueDelayUs > 0 && members.some((request) => !ledger.isHeld(request)),
    no_delay: maxQueueDelayUs === 0 && rest.length === 0,
    deadline: [...members, ...rest].some((request) => request.deadlineUs !== Infinity),
    unbatchable_next: rest.some((request) => batch.rows + request.rows > Math.min(ledger.maxRows, preferredMax)),
    draining: ledger.draining,
    unbatched: !ledger.batched,
  };
  ensure(truths[cut], 'explanation', () => `batch ${batch.id} of ${batch.rows} rows was not cut for "${cut}"`);
}

function book(ledger: SchedulerLedger, batch: Batch, members: readonly LedgerRequest[]): void {
  members.forEach((request, index) => {
    request.startedLate = ledger.isLate(request);
    request.rowsStarted += batch.parts[index]!.rows;
    const hadItsTurn = index === 0 && request.rowsStarted < request.rows && !ledger.options.preserveOrdering;
    if (hadItsTurn) ledger.passTurn(request);
  });
  ledger.batches.set(batch.id, {
    id: batch.id,
    instance: batch.instance,
    rows: batch.rows,
    startedUs: ledger.nowUs,
    parts: batch.parts,
    abortAsked: false,
  });
}

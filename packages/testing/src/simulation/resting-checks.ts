import type { Scheduler } from '@rangefinder/scheduling';
import type { LedgerRequest, SchedulerLedger } from './scheduler-ledger.ts';
import { ensure } from './violation.ts';

/** What must hold after a poll was carried out: nothing that could be done is left undone, and the next wake is in time. */
export function checkAtRest(ledger: SchedulerLedger, scheduler: Scheduler, wakeUs: number | undefined): void {
  const { waiting } = ledger;
  for (const request of ledger.pending) {
    ensure(
      ledger.nowUs < request.deadlineUs,
      'deadline',
      () => `request ${request.id} is past its deadline and has no answer`,
    );
  }
  for (const request of waiting) {
    const due =
      request.policy.timeoutAction === 'reject' && request.rowsStarted === 0 && ledger.nowUs >= request.timeoutAtUs;
    ensure(!due, 'queue timeout', () => `request ${request.id} is past its queue timeout and still waits`);
  }
  for (const batch of ledger.batches.values()) {
    ensure(batch.abortAsked || ledger.isWanted(batch), 'abort', () => `batch ${batch.id} runs on for nobody`);
  }
  checkSnapshot(ledger, scheduler, waiting);
  const idleInstance = ledger.batches.size < ledger.options.instances;
  if (idleInstance) checkNothingReady(ledger, waiting);
  checkWake(ledger, waiting, wakeUs, idleInstance);
}

function checkSnapshot(ledger: SchedulerLedger, scheduler: Scheduler, waiting: readonly LedgerRequest[]): void {
  const { snapshot } = scheduler;
  const rows = waiting.reduce((sum, request) => sum + request.rows - request.rowsStarted, 0);
  const bytes = waiting.reduce((sum, request) => sum + request.bytes, 0);
  const expected = {
    queuedRequests: waiting.length,
    queuedRows: rows,
    queuedBytes: bytes,
    runningBatches: ledger.batches.size,
  };
  const same = JSON.stringify(snapshot) === JSON.stringify(expected);
  ensure(same, 'snapshot', () => `${JSON.stringify(snapshot)}, expected ${JSON.stringify(expected)}`);
  const idle = ledger.pending.length === 0 && ledger.batches.size === 0;
  ensure(scheduler.idle === idle, 'idle', () => `idle is ${scheduler.idle}, expected ${idle}`);
}

/** An instance is idle. Without a delay nothing may wait; with one, nothing that is full or has waited long enough. */
function checkNothingReady(ledger: SchedulerLedger, waiting: readonly LedgerRequest[]): void {
  const { delayUs } = ledger;
  const rowsByShape = new Map<string, number>();
  for (const request of waiting) {
    const waitedUs = ledger.nowUs - request.enqueuedUs;
    ensure(
      delayUs > 0 && ledger.isHeld(request),
      'work conserving',
      () => `request ${request.id} waits since ${waitedUs} µs beside an idle instance`,
    );
    const rows = (rowsByShape.get(request.shapeKey) ?? 0) + request.rows - request.rowsStarted;
    ensure(
      rows < ledger.maxRows,
      'work conserving',
      () => `shape ${request.shapeKey} fills a batch beside an idle instance`,
    );
    rowsByShape.set(request.shapeKey, rows);
  }
}

/** The wake is in the future, and no later than the first thing that falls due by itself. */
function checkWake(
  ledger: SchedulerLedger,
  waiting: readonly LedgerRequest[],
  wakeUs: number | undefined,
  idleInstance: boolean,
): void {
  ensure(
    wakeUs === undefined || wakeUs > ledger.nowUs,
    'wake',
    () => `asks to be woken at ${wakeUs}, it is ${ledger.nowUs}`,
  );
  let dueUs = Infinity;
  for (const request of ledger.pending) dueUs = Math.min(dueUs, request.deadlineUs);
  for (const request of waiting) {
    if (request.rowsStarted === 0 && ledger.nowUs < request.timeoutAtUs) dueUs = Math.min(dueUs, request.timeoutAtUs);
    if (idleInstance) dueUs = Math.min(dueUs, request.enqueuedUs + ledger.delayUs);
  }
  ensure((wakeUs ?? Infinity) <= dueUs, 'wake', () => `asks to be woken at ${wakeUs}, something is due at ${dueUs}`);
  const nothingLeft = ledger.pending.length === 0;
  ensure(!nothingLeft || wakeUs === undefined, 'wake', () => `asks to be woken at ${wakeUs} for nothing`);
}

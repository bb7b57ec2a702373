import type { QueuedRequest, Refusal } from '@rangefinder/scheduling';
import type { LedgerRequest, SchedulerLedger } from './scheduler-ledger.ts';
import { ensure } from './violation.ts';

/** A request was turned away at the door: was there a reason? */
export function checkRefusedOnArrival(ledger: SchedulerLedger, request: QueuedRequest, refusal: Refusal): void {
  const told = `request ${request.id}: ${refusal.code} ${refusal.message}`;
  switch (refusal.code) {
    case 'QUEUE_FULL':
      ensure(limitsReachedBy(ledger, request), 'refusal', () => `${told} — but no limit is reached`);
      break;
    case 'UNAVAILABLE':
      ensure(ledger.draining, 'refusal', () => `${told} — but it does not drain`);
      break;
    case 'DEADLINE_EXCEEDED':
      checkDeadlineRefusal(ledger, request.rows, ledger.fromDriver(request.deadlineUs), told);
      break;
    case 'INVALID_ARGUMENT':
      ensure(
        request.payloadBytes > ledger.options.maxPendingBytes,
        'refusal',
        () => `${told} — but nothing is wrong with it`,
      );
      break;
  }
}

/** It was let in: should it have been? */
export function checkAdmitted(ledger: SchedulerLedger, request: QueuedRequest): void {
  ensure(!ledger.draining, 'admission', () => `request ${request.id} was admitted while draining`);
  ensure(!limitsReachedBy(ledger, request), 'admission', () => `request ${request.id} was admitted past a limit`);
  const deadlineUs = ledger.fromDriver(request.deadlineUs);
  ensure(deadlineUs > ledger.nowUs, 'admission', () => `request ${request.id} was admitted after its deadline`);
}

/** A request that was let in gets a refusal as its answer. */
export function checkRefusedLater(ledger: SchedulerLedger, request: LedgerRequest, refusal: Refusal): void {
  const told = `request ${request.id}: ${refusal.code} ${refusal.message}`;
  ensure(request.outcome === 'pending', 'one outcome', () => `${told} — but it had its outcome: ${request.outcome}`);
  if (refusal.code === 'DEADLINE_EXCEEDED') {
    checkDeadlineRefusal(ledger, request.rows, request.deadlineUs, told);
    return;
  }
  ensure(refusal.code === 'UNAVAILABLE', 'refusal', () => `${told} — not a code for a request that waits`);
  const due = request.policy.timeoutAction === 'reject' && ledger.nowUs >= request.timeoutAtUs;
  ensure(due && request.rowsStarted === 0, 'refusal', () => `${told} — but its queue timeout is not over`);
}

function limitsReachedBy(ledger: SchedulerLedger, request: QueuedRequest): boolean {
  const { pending, waiting, options } = ledger;
  const level = ledger.levelOf(request.priority);
  const { maxQueueSize } = ledger.policyOf(level);
  const bytes = pending.reduce((sum, other) => sum + other.bytes, request.payloadBytes);
  if (pending.length >= options.maxPendingRequests || bytes > options.maxPendingBytes) return true;
  return maxQueueSize > 0 && waiting.filter((other) => other.level === level).length >= maxQueueSize;
}

/** Either the deadline is over, or runs were seen and even the queue at the pace of the slowest of them would explain it. */
function checkDeadlineRefusal(ledger: SchedulerLedger, rows: number, deadlineUs: number, told: string): void {
  if (ledger.nowUs >= deadlineUs) return;
  ensure(ledger.runsSeen >= 4, 'deadline evidence', () => `${told} — after ${ledger.runsSeen} runs`);
  const { waiting, maxRows, options } = ledger;
  const rowsAhead = waiting.reduce((sum, request) => sum + request.rows - request.rowsStarted, 0);
  const batchesAhead = ledger.batched ? rowsAhead / maxRows : waiting.length;
  const ownBatches = Math.ceil(rows / maxRows);
  const waves = Math.ceil((batchesAhead + ownBatches) / options.instances) + 1;
  const latestUs = ledger.nowUs + waves * ledger.longestRunUs;
  ensure(
    latestUs >= deadlineUs,
    'deadline refusal',
    () => `${told} — but it would have been done by ${latestUs}, deadline ${deadlineUs}`,
  );
}

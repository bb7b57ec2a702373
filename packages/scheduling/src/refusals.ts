import type { Refusal } from './scheduler.ts';
import type { PendingRequest } from './pending-request.ts';

/** Every reason for which this room turns a request away, with its words. */
export const refusals = {
  draining: (): Refusal => ({
    code: 'UNAVAILABLE',
    message: 'The model version is being unloaded and takes no more requests.',
  }),

  badField: (field: string, expected: string, value: unknown): Refusal => ({
    code: 'INVALID_ARGUMENT',
    message: `${field}: expected ${expected}, got ${String(value)}`,
  }),

  tooManyRequests: (limit: number, retryAfterMs: number | undefined): Refusal =>
    queueFull(`Exceeds the limit of ${limit} pending requests.`, retryAfterMs),

  tooManyBytes: (
    pendingBytes: number,
    payloadBytes: number,
    limit: number,
    retryAfterMs: number | undefined,
  ): Refusal =>
    queueFull(
      `Exceeds the limit of ${limit} pending bytes: ${pendingBytes} are pending and the request has ${payloadBytes}.`,
      retryAfterMs,
    ),

  /** Retrying cannot help. */
  largerThanLimit: (payloadBytes: number, limit: number): Refusal => ({
    code: 'INVALID_ARGUMENT',
    message: `The request has ${payloadBytes} bytes, more than the ${limit} that may be pending at all.`,
  }),

  levelFull: (level: number, limit: number, retryAfterMs: number | undefined): Refusal =>
    queueFull(`Exceeds the maximum queue size of ${limit} requests at priority level ${level}.`, retryAfterMs),

  /** UNAVAILABLE as Triton answers it, under Triton's name for it. */
  timedOut: (request: PendingRequest, nowUs: number): Refusal => ({
    code: 'UNAVAILABLE',
    message: `Request timeout expired: it waited ${whole(nowUs - request.enqueuedUs)} µs of the ${request.timeoutUs} µs allowed in the queue.`,
  }),

  deadlinePassedBefore: (lateUs: number): Refusal => ({
    code: 'DEADLINE_EXCEEDED',
    message: `The deadline had passed ${whole(lateUs)} µs before the request was queued.`,
  }),

  deadlinePassed: (request: PendingRequest, nowUs: number): Refusal => ({
    code: 'DEADLINE_EXCEEDED',
    message: request.queued
      ? `The deadline passed after ${whole(nowUs - request.enqueuedUs)} µs in the queue.`
      : `The deadline passed ${whole(nowUs - request.enqueuedUs)} µs after the request arrived, while it was running.`,
  }),

  deadlineOutOfReach: (leftUs: number, needsUs: number): Refusal => ({
    code: 'DEADLINE_EXCEEDED',
    message: `The deadline cannot be met: ${whole(leftUs)} µs are left and the request needs about ${whole(needsUs)} µs.`,
  }),

  /** It could be met by a smaller batch, but not by one that is worth running while others wait. */
  deadlineMissedInBatch: (leftUs: number, batchRows: number, needsUs: number): Refusal => ({
    code: 'DEADLINE_EXCEEDED',
    message: `The deadline cannot be met: ${whole(leftUs)} µs are left and a batch of ${batchRows} rows needs about ${whole(needsUs)} µs.`,
  }),
};

function queueFull(message: string, retryAfterMs: number | undefined): Refusal {
  return retryAfterMs === undefined ? { code: 'QUEUE_FULL', message } : { code: 'QUEUE_FULL', message, retryAfterMs };
}

function whole(us: number): number {
  return Math.round(us);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createScheduler, type SchedulerOptions } from '../src/index.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Requests that never repeat a shape, level or deadline, half of them cancelled. */
function churn(options: Partial<SchedulerOptions>, requests: number): { readonly grownBytes: number } {
  const scheduler = createScheduler({
    maxBatchSize: 8,
    dynamicBatching: true,
    priorityLevels: 1e6,
    defaultPriorityLevel: 1,
    ...options,
  });
  const running: number[] = [];
  let nowUs = 0;
  const round = (firstId: number): void => {
    for (let id = firstId; id < firstId + 100; id++) {
      nowUs += 1;
      const request = {
        id,
        rows: 1 + (id % 20),
        shapeKey: `shape ${id >> 2}`,
        payloadBytes: 1,
        priority: id,
        timeoutUs: 1_000,
        deadlineUs: nowUs + 1e6,
      };
      scheduler.enqueue(request, nowUs);
      if (id % 2 === 0) scheduler.cancel(id - 1, nowUs);
    }
    do {
      nowUs += 500;
      for (const batchId of running.splice(0)) scheduler.batchFinished(batchId, 'succeeded', nowUs);
      for (const decision of scheduler.poll(nowUs)) if (decision.kind === 'start') running.push(decision.batch.id);
    } while (!scheduler.idle);
  };
  for (let id = 0; id < requests / 10; id += 100) round(id);
  const before = heapBytes();
  for (let id = requests; id < 2 * requests; id += 100) round(id);
  const grownBytes = heapBytes() - before;
  assert.ok(scheduler.idle);
  return { grownBytes };
}

const REQUESTS = 40_000;

for (const [name, options] of [
  ['without delay', {}],
  ['with a queue delay', { maxQueueDelayUs: 300 }],
] as const) {
  test(`nothing is kept of requests that have ended, ${name}`, () => {
    const { grownBytes } = churn(options, REQUESTS);
    // A forgotten request would take more than 500 bytes, so 20 MB.
    assert.ok(grownBytes < 2_000_000, `${grownBytes} bytes for ${REQUESTS} requests`);
  });
}

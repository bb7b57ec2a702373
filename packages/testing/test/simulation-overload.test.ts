import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '@rangefinder/base';
import { createScheduler } from '@rangefinder/scheduling';
import { EventHeap } from '../src/simulation/index.ts';

interface Model {
  readonly baseUs: number;
  readonly perRowUs: number;
  readonly instances: number;
  readonly deadlineInUs: number;
}

const MAX_ROWS = 64;
const DURATION_US = 5_000_000;

/** One-row requests with a deadline at `load` times what the model can serve; returns rows answered in time over that capacity. */
function goodput(model: Model, load: number): number {
  const { baseUs, perRowUs, instances, deadlineInUs } = model;
  const random = seededRandom(7);
  const scheduler = createScheduler({ maxBatchSize: MAX_ROWS, dynamicBatching: true, instances });
  const events = new EventHeap<() => void>();
  const unanswered = new Set<number>();
  const capacityPerUs = (instances * MAX_ROWS) / (baseUs + perRowUs * MAX_ROWS);
  let nowUs = 0;
  let inTime = 0;
  const poll = (): void => {
    for (const decision of scheduler.poll(nowUs)) {
      if (decision.kind === 'refuse') unanswered.delete(decision.requestId);
      if (decision.kind !== 'start') continue;
      const { batch } = decision;
      const durationUs = (baseUs + perRowUs * batch.rows) * (0.8 + 0.4 * random.next());
      events.push(nowUs + durationUs, () => {
        for (const { requestId } of batch.parts) if (unanswered.delete(requestId)) inTime += 1;
        scheduler.batchFinished(batch.id, 'succeeded', nowUs);
        poll();
      });
    }
    const wakeUs = scheduler.nextWakeUs();
    if (wakeUs !== undefined) events.push(wakeUs, wake);
  };
  const wake = (): void => {
    const dueUs = scheduler.nextWakeUs();
    if (dueUs !== undefined && dueUs <= nowUs) poll();
  };
  let id = 0;
  const arrive = (): void => {
    id += 1;
    const deadlineUs = nowUs + deadlineInUs;
    const request = { id, rows: 1, shapeKey: '', payloadBytes: 1, priority: 0, timeoutUs: 0, deadlineUs };
    if (scheduler.enqueue(request, nowUs) === undefined) unanswered.add(id);
    poll();
    const nextUs = nowUs - Math.log(1 - random.next()) / (capacityPerUs * load);
    if (nextUs < DURATION_US) events.push(nextUs, arrive);
  };
  events.push(0, arrive);
  for (let entry = events.pop(); entry !== undefined; entry = events.pop()) {
    nowUs = entry.timeUs;
    entry.event();
  }
  return inTime / (capacityPerUs * DURATION_US);
}

describe('past its capacity a model goes on answering in time', () => {
  const models: Record<string, Model> = {
    'a fixed cost per batch': { baseUs: 5_000, perRowUs: 80, instances: 1, deadlineInUs: 50_000 },
    'two instances, little time': { baseUs: 5_000, perRowUs: 80, instances: 2, deadlineInUs: 25_000 },
    'time by the row': { baseUs: 10, perRowUs: 1_000, instances: 1, deadlineInUs: 200_000 },
    'time by the row, little time': { baseUs: 10, perRowUs: 1_000, instances: 1, deadlineInUs: 50_000 },
    'some of both': { baseUs: 5_000, perRowUs: 500, instances: 1, deadlineInUs: 100_000 },
  };
  for (const [name, model] of Object.entries(models)) {
    test(name, () => {
      assert.ok(goodput(model, 0.8) > 0.75);
      for (const load of [1.2, 3]) {
        const share = goodput(model, load);
        assert.ok(share > 0.65, `at ${load} times its capacity only ${share.toFixed(2)} of it is answered in time`);
      }
    });
  }
});

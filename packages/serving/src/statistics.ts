import type { BatchSizeStatistic, DurationStatistic, RequestFinished } from './model-server.ts';

class MutableDuration implements DurationStatistic {
  count = 0;
  totalUs = 0;

  add(us: number): void {
    this.count += 1;
    this.totalUs += us;
  }

  snapshot(): DurationStatistic {
    return { count: this.count, totalUs: this.totalUs };
  }
}

interface BatchSizeDurations {
  readonly computeInput: MutableDuration;
  readonly computeInfer: MutableDuration;
  readonly computeOutput: MutableDuration;
}

export interface BatchTimings {
  readonly rows: number;
  readonly computeInputUs: number;
  readonly computeInferUs: number;
  readonly computeOutputUs: number;
}

/** Counts and durations of one model version, since it was loaded. */
export class VersionStatistics {
  inferenceCount = 0;
  executionCount = 0;
  rejectedCount = 0;
  cancelledCount = 0;
  lastInferenceWallMs = 0;
  readonly success = new MutableDuration();
  readonly fail = new MutableDuration();
  readonly queue = new MutableDuration();
  readonly computeInput = new MutableDuration();
  readonly computeInfer = new MutableDuration();
  readonly computeOutput = new MutableDuration();
  readonly #bySize = new Map<number, BatchSizeDurations>();

  addBatch(timings: BatchTimings): void {
    this.executionCount += 1;
    let durations = this.#bySize.get(timings.rows);
    if (durations === undefined) {
      durations = {
        computeInput: new MutableDuration(),
        computeInfer: new MutableDuration(),
        computeOutput: new MutableDuration(),
      };
      this.#bySize.set(timings.rows, durations);
    }
    durations.computeInput.add(timings.computeInputUs);
    durations.computeInfer.add(timings.computeInferUs);
    durations.computeOutput.add(timings.computeOutputUs);
  }

  addRequest(event: RequestFinished, wallMs: number): void {
    switch (event.outcome) {
      case 'success':
        this.inferenceCount += event.rows;
        this.lastInferenceWallMs = wallMs;
        this.success.add(event.totalUs);
        this.queue.add(event.queueUs);
        this.computeInput.add(event.computeInputUs);
        this.computeInfer.add(event.computeInferUs);
        this.computeOutput.add(event.computeOutputUs);
        return;
      case 'rejected':
        this.rejectedCount += 1;
        break;
      case 'cancelled':
        this.cancelledCount += 1;
        break;
      case 'failed':
        break;
    }
    this.fail.add(event.totalUs);
  }

  batches(): BatchSizeStatistic[] {
    return [...this.#bySize]
      .toSorted(([a], [b]) => a - b)
      .map(([batchSize, durations]) => ({
        batchSize,
        computeInput: durations.computeInput.snapshot(),
        computeInfer: durations.computeInfer.snapshot(),
        computeOutput: durations.computeOutput.snapshot(),
      }));
  }
}

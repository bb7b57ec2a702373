import { RangefinderError, toRangefinderError } from '@rangefinder/base';
import type { Clock, Timer } from '@rangefinder/base';
import type { LoadedModel, RunHandle, RunResult } from '@rangefinder/engines';
import type { ModelConfig } from '@rangefinder/repository';
import { OrderedRelease, priorityLevelOf } from '@rangefinder/scheduling';
import type { Batch, BatchPart, Refusal, Scheduler, SchedulerOptions } from '@rangefinder/scheduling';
import { classificationTensor } from '@rangefinder/tensor';
import type { InferenceRequest, InferenceResponse, Tensor } from '@rangefinder/tensor';
import { gatherInputs } from './batch-gather.ts';
import { scatterOutputs } from './batch-scatter.ts';
import { tensorSpecs } from './input-contract.ts';
import type { ModelContract, TensorSpecs } from './input-contract.ts';
import type { BatchFinished, BatchRecord, RequestContext, RequestFinished } from './model-server.ts';
import { PendingRequest } from './pending-request.ts';
import { RecentBatches } from './recent-batches.ts';
import { acceptRequest } from './request-intake.ts';
import { VersionStatistics } from './statistics.ts';

export interface ServedVersionParts {
  readonly modelName: string;
  readonly version: string;
  readonly config: ModelConfig;
  readonly contract: ModelContract;
  readonly model: LoadedModel;
  readonly scheduler: Scheduler;
  readonly schedulerOptions: Pick<SchedulerOptions, 'priorityLevels' | 'defaultPriorityLevel' | 'preserveOrdering'>;
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly clock: Clock;
  readonly recentBatches: number;
  readonly onRequestFinished: (event: RequestFinished) => void;
  readonly onBatchFinished: (event: BatchFinished) => void;
}

/** A part of a batch together with the request it belongs to. */
interface LivePart extends BatchPart {
  readonly pending: PendingRequest;
  readonly accepted: PendingRequest['accepted'];
}

/**
 * One loaded version of a model: drives its scheduler with the clock, gathers batches, runs them and hands the results out.
 * The scheduler decides, this carries out; every request that was taken in ends exactly once.
 */
export class ServedVersion {
  readonly config: ModelConfig;
  readonly contract: ModelContract;
  readonly specs: TensorSpecs;
  readonly model: LoadedModel;
  readonly statistics = new VersionStatistics();
  readonly #parts: ServedVersionParts;
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #running = new Map<number, RunHandle>();
  readonly #recent: RecentBatches;
  /** With `preserve_ordering`: holds what has run until all that arrived before it has its answer. */
  readonly #ordered: OrderedRelease<() => void> | undefined;
  #nextRequestId = 1;
  #wake: Timer | undefined;
  #wakeUs = Infinity;
  #idleWaiters: (() => void)[] = [];

  constructor(parts: ServedVersionParts) {
    this.#parts = parts;
    this.config = parts.config;
    this.contract = parts.contract;
    this.specs = tensorSpecs(parts.contract);
    this.model = parts.model;
    this.#scheduler = parts.scheduler;
    this.#clock = parts.clock;
    this.#recent = new RecentBatches(parts.recentBatches);
    this.#ordered = parts.schedulerOptions.preserveOrdering ? new OrderedRelease() : undefined;
  }

  get pendingRequests(): number {
    return this.#pending.size;
  }

  get queuedRows(): number {
    return this.#scheduler.snapshot.queuedRows;
  }

  recentBatches(): BatchRecord[] {
    return this.#recent.newestFirst();
  }

  /** Throws INVALID_ARGUMENT at once for a request that does not fit; otherwise the promise tells how it ended. */
  infer(request: InferenceRequest, context: RequestContext): Promise<InferenceResponse> {
    const accepted = acceptRequest(this.contract, request);
    const nowUs = this.#clock.nowUs();
    const pending = new PendingRequest(this.#nextRequestId++, request, accepted, context, nowUs);
    const refusal = this.#scheduler.enqueue(
      {
        id: pending.id,
        rows: accepted.rows,
        shapeKey: accepted.shapeKey,
        payloadBytes: accepted.payloadBytes,
        priority: request.parameters.priority,
        timeoutUs: request.parameters.timeoutUs,
        deadlineUs: context.deadlineUs,
      },
      nowUs,
    );
    this.#pending.set(pending.id, pending);
    if (refusal === undefined) {
      // High priority need not wait for low: the order holds within a level.
      const level = priorityLevelOf(this.#parts.schedulerOptions, request.parameters.priority);
      this.#ordered?.admit(pending.id, level);
      context.onCancellable?.(() => this.#cancel(pending));
    } else {
      this.#fail(pending, refusalError(refusal));
    }
    // Not at once: what other sockets bring in the same turn of the event loop may share the batch. Nothing waits longer
    // for it, since answers too leave only after this turn.
    this.#wakeAt(nowUs);
    return pending.promise;
  }

  /** Takes nothing more in; resolves when all that was taken in has ended. */
  async drain(): Promise<void> {
    this.#scheduler.drain();
    this.#pump();
    if (this.#pending.size === 0 && this.#running.size === 0) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Ends all that is queued or running with this error. */
  abandon(error: RangefinderError): void {
    for (const pending of this.#pending.values()) {
      this.#scheduler.cancel(pending.id, this.#clock.nowUs());
      this.#fail(pending, error);
    }
    this.#pump();
  }

  #cancel(pending: PendingRequest): void {
    if (!this.#pending.has(pending.id)) return;
    this.#scheduler.cancel(pending.id, this.#clock.nowUs());
    this.#fail(pending, new RangefinderError('CANCELLED', 'the client cancelled the request'));
    this.#wakeAt(this.#clock.nowUs());
  }

  #wakeAt(wakeUs: number): void {
    if (wakeUs >= this.#wakeUs) return;
    this.#wake?.cancel();
    this.#wakeUs = wakeUs;
    this.#wake = this.#clock.schedule(wakeUs - this.#clock.nowUs(), this.#onWake);
  }

  readonly #onWake = (): void => {
    this.#wakeUs = Infinity;
    this.#pump();
  };

  /** Asks the scheduler what to do now and does it. */
  #pump(): void {
    for (const decision of this.#scheduler.poll(this.#clock.nowUs())) {
      switch (decision.kind) {
        case 'start':
          this.#start(decision.batch);
          break;
        case 'refuse': {
          const pending = this.#pending.get(decision.requestId);
          if (pending !== undefined) this.#fail(pending, refusalError(decision.refusal));
          break;
        }
        case 'abort':
          this.#running.get(decision.batchId)?.cancel();
          break;
      }
    }
    const nextUs = this.#scheduler.nextWakeUs();
    if (nextUs !== undefined) this.#wakeAt(nextUs);
    if (this.#idleWaiters.length > 0 && this.#pending.size === 0 && this.#running.size === 0) {
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
  }

  #start(batch: Batch): void {
    const parts = this.#liveParts(batch.parts);
    for (const part of parts) part.pending.started(part.waitedUs);
    void this.#runAndFinish(batch, parts);
  }

  async #runAndFinish(batch: Batch, parts: readonly LivePart[]): Promise<void> {
    const startUs = this.#clock.nowUs();
    const outcome = await this.#run(batch.id, parts);
    const record: BatchRecord = {
      wallMs: this.#clock.wallMs(),
      rows: batch.rows,
      requests: batch.parts.length,
      cut: batch.explanation.cut,
      oldestWaitedUs: batch.explanation.oldestWaitedUs,
      queuedRequestsBefore: batch.explanation.queuedRequestsBefore,
      computeUs: this.#clock.nowUs() - startUs,
      outcome,
    };
    this.#recent.add(record);
    this.#parts.onBatchFinished({ ...record, model: this.#parts.modelName, version: this.#parts.version });
    this.#running.delete(batch.id);
    this.#scheduler.batchFinished(batch.id, outcome, this.#clock.nowUs());
    this.#pump();
  }

  /**
   * Runs some parts of a batch as one. When that fails and more than one request is in it, the halves are run again, so that
   * the one whose data the model does not take fails alone.
   */
  async #run(batchId: number, parts: readonly LivePart[]): Promise<'succeeded' | 'failed' | 'aborted'> {
    if (parts.length === 0) return 'aborted';
    try {
      const handle = this.model.run({
        inputs: gatherInputs(this.contract, parts),
        outputs: outputsWanted(parts),
      });
      this.#running.set(batchId, handle);
      this.#deliver(parts, await handle.result);
      return 'succeeded';
    } catch (thrown) {
      const error = toRangefinderError(thrown);
      if (error.code === 'CANCELLED') {
        for (const part of parts) this.#fail(part.pending, error);
        return 'aborted';
      }
      const alive = parts.filter((part) => this.#pending.has(part.pending.id));
      if (alive.length > 1 && BLAMES_THE_DATA.has(error.code)) {
        const middle = alive.length >> 1;
        const first = await this.#run(batchId, alive.slice(0, middle));
        const second = await this.#run(batchId, alive.slice(middle));
        return first === 'succeeded' || second === 'succeeded' ? 'succeeded' : first;
      }
      for (const { pending } of alive) {
        this.#scheduler.cancel(pending.id, this.#clock.nowUs());
        this.#inOrder(pending, () => this.#fail(pending, error));
      }
      return 'failed';
    }
  }

  #deliver(parts: readonly LivePart[], result: RunResult): void {
    const scatterStartUs = this.#clock.nowUs();
    let byPart: Tensor[][];
    try {
      byPart = scatterOutputs(this.contract, result.outputs, parts);
    } finally {
      result.release();
    }
    const { inputUs, computeUs } = result.timings;
    const outputUs = result.timings.outputUs + this.#clock.nowUs() - scatterStartUs;
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    this.statistics.addBatch({ rows, computeInputUs: inputUs, computeInferUs: computeUs, computeOutputUs: outputUs });
    for (const [index, part] of parts.entries()) {
      const { pending } = part;
      if (!this.#pending.has(pending.id)) continue;
      pending.computed(inputUs, computeUs, outputUs);
      if (pending.assembly.add(part.rowOffset, part.rows, byPart[index]!)) this.#complete(pending);
    }
  }

  #complete(pending: PendingRequest): void {
    try {
      const response = this.#response(pending.request, pending.assembly.take());
      this.#inOrder(pending, () => {
        this.#finish(pending, 'success');
        pending.resolve(response);
      });
    } catch (thrown) {
      this.#inOrder(pending, () => this.#fail(pending, toRangefinderError(thrown)));
    }
  }

  /** Gives a run's answer: now, or with `preserve_ordering` once all that arrived before it has its own. */
  #inOrder(pending: PendingRequest, answer: () => void): void {
    if (this.#ordered === undefined) answer();
    else for (const { value } of this.#ordered.settle(pending.id, answer)) value();
  }

  #response(request: InferenceRequest, computed: readonly Tensor[]): InferenceResponse {
    const batched = this.contract.maxBatchSize > 0;
    const outputs =
      request.outputs.length === 0
        ? computed
        : request.outputs.map(({ name, classificationCount }) => {
            const tensor = computed.find((output) => output.name === name);
            if (tensor === undefined)
              throw new RangefinderError('INTERNAL', `output '${name}': the model returned none`);
            if (classificationCount === 0) return tensor;
            const labels = this.#parts.labels.get(name) ?? [];
            return classificationTensor(tensor, { count: classificationCount, labels, batched });
          });
    return {
      modelName: this.#parts.modelName,
      modelVersion: this.#parts.version,
      id: request.id,
      outputs,
      parameters: {},
    };
  }

  #fail(pending: PendingRequest, error: RangefinderError): void {
    if (!this.#pending.has(pending.id)) return;
    this.#finish(pending, outcomeOf(error));
    pending.reject(error);
  }

  #finish(pending: PendingRequest, outcome: RequestFinished['outcome']): void {
    this.#pending.delete(pending.id);
    const released = this.#ordered?.forget(pending.id) ?? [];
    const event = pending.finished(this.#parts.modelName, this.#parts.version, outcome, this.#clock.nowUs());
    this.statistics.addRequest(event, this.#clock.wallMs());
    this.#parts.onRequestFinished(event);
    pending.context.onFinished?.(event);
    for (const { value } of released) value();
  }

  #liveParts(parts: readonly BatchPart[]): LivePart[] {
    const live: LivePart[] = [];
    for (const part of parts) {
      const pending = this.#pending.get(part.requestId);
      if (pending !== undefined) live.push({ ...part, pending, accepted: pending.accepted });
    }
    return live;
  }
}

/** Failures that another request's data may have caused; memory or a stopped engine would fail again just the same. */
const BLAMES_THE_DATA: ReadonlySet<string> = new Set(['INTERNAL', 'INVALID_ARGUMENT']);

/** The outputs that any of the requests wants, empty for all. */
function outputsWanted(parts: readonly LivePart[]): readonly string[] {
  const names = new Set<string>();
  for (const { pending } of parts) {
    if (pending.request.outputs.length === 0) return [];
    for (const output of pending.request.outputs) names.add(output.name);
  }
  return [...names];
}

function refusalError(refusal: Refusal): RangefinderError {
  const { code, message, retryAfterMs } = refusal;
  return new RangefinderError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

function outcomeOf(error: RangefinderError): RequestFinished['outcome'] {
  switch (error.code) {
    case 'QUEUE_FULL':
    case 'DEADLINE_EXCEEDED':
    case 'UNAVAILABLE':
    case 'RESOURCE_EXHAUSTED':
      return 'rejected';
    case 'CANCELLED':
      return 'cancelled';
    default:
      return 'failed';
  }
}

import { RangefinderError, toRangefinderError } from '@rangefinder/base';
import { dataTypeOfOnnx } from '@rangefinder/tensor';
import type { LoadedModel, ModelSignature, RunHandle, RunOutput, RunRequest } from '../engine.ts';
import { RunQueue } from '../run-queue.ts';
import { indexSignature, type SignatureIndex } from '../run-validation.ts';
import { runError } from './load-error.ts';
import { ModelRun } from './model-run.ts';
import type { OrtLibrary } from './native/ort-library.ts';
import type { CollectedOutput, CollectedRun, RunDetails } from './native/run-details.ts';
import type { RunExecutor } from './native/run-executor.ts';
import { createRunOptions, SessionNames, type SessionCreator } from './native/session.ts';
import { RunPlan } from './run-plan.ts';
import { RunSlot } from './run-slot.ts';
import type { LoadedSession } from './session-loader.ts';
import type { EngineThreads, IndexPool } from './threads/engine-threads.ts';

/** Runs that may be written ahead of those under way, so that small models do not wait for the way to and fro. */
const AHEAD_MAX = 31;
/** Memory that slots written ahead may take together. */
const AHEAD_BYTES = 8 * 1024 * 1024;
/** Combinations of input shapes whose plans are kept. */
const PLANS_MAX = 64;

/** After so many wrong predictions of outputs the model's depend on data, and those of new plans are not predicted. */
const MISPREDICTIONS_MAX = 8;

/** What a model uses of its engine. */
export interface ModelHost {
  readonly library: OrtLibrary;
  readonly threads: EngineThreads;
  readonly loaders: SessionCreator;
  readonly slotIndices: IndexPool;
  readonly nowUs: () => number;
  /** For models that compute on the calling thread. */
  readonly inlineExecutor: RunExecutor | undefined;
  /** Called when the model is unloaded and its session gone. */
  onUnloaded(model: OnnxModel): Promise<void>;
}

export class OnnxModel implements LoadedModel {
  readonly signature: ModelSignature;
  readonly memoryBytes: number;
  readonly name: string;
  readonly index: number;
  readonly instances: number;
  readonly #host: ModelHost;
  readonly #session: number;
  readonly #names: SessionNames;
  readonly #signatureIndex: SignatureIndex;
  /** Most recently used last. */
  readonly #plans: RunPlan[] = [];
  readonly #queue = new RunQueue<ModelRun>();
  readonly #freeSlots: RunSlot[] = [];
  readonly #slots = new Set<RunSlot>();
  /** Wrong predictions so far, of all plans. */
  #mispredictions = 0;
  /** Runs that are with the engine threads. */
  #dispatched = 0;
  #unloading: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(
    host: ModelHost,
    loaded: LoadedSession,
    options: { readonly name: string; readonly index: number; readonly instances: number },
  ) {
    this.#host = host;
    this.#session = loaded.session;
    this.signature = loaded.signature;
    this.memoryBytes = loaded.memoryBytes;
    this.name = options.name;
    this.index = options.index;
    this.instances = options.instances;
    this.#signatureIndex = indexSignature(loaded.signature);
    const { inputs, outputs } = loaded.signature;
    this.#names = new SessionNames(
      inputs.map(({ name }) => name),
      outputs.map(({ name }) => name),
    );
  }

  /** Whether runs compute on the calling thread. */
  get isInline(): boolean {
    return this.#host.inlineExecutor !== undefined;
  }

  run(request: RunRequest): RunHandle {
    if (this.#unloading !== undefined) {
      throw new RangefinderError('UNAVAILABLE', `model '${this.name}' is unloaded`);
    }
    const run = new ModelRun(this, request, this.#planFor(request), this.#host.nowUs());
    if (this.#queue.isEmpty && this.#mayDispatch(run.plan)) this.#dispatch(run);
    else this.#queue.push(run);
    return run;
  }

  unload(): Promise<void> {
    this.#unloading ??= this.#unload();
    return this.#unloading;
  }

  /** Makes what is under way stop as soon as it can; nothing is reported any more than it would be. */
  terminateRuns(): void {
    for (const slot of this.#slots) slot.terminate();
  }

  /** For `ModelRun.cancel`. */
  cancel(run: ModelRun): void {
    const { slot } = run;
    if (slot === undefined) {
      if (this.#queue.remove(run)) run.reject(cancelled(this.name));
      this.#signalIdle();
    } else if (this.#host.threads.takeBack(slot.index, this.#dispatched <= this.instances)) {
      this.#dispatched -= 1;
      this.giveSlot(slot);
      run.reject(cancelled(this.name));
      this.#next();
    } else {
      slot.terminate();
    }
  }

  /** For `SlotResult.release`: the slot may be used again. */
  giveSlot(slot: RunSlot): void {
    if (!this.#slots.has(slot)) return;
    if (this.#freeSlots.length > this.instances + AHEAD_MAX) this.#freeSlot(slot);
    else this.#freeSlots.push(slot);
    if (!this.#queue.isEmpty) this.#next();
  }

  finished(run: ModelRun, slot: RunSlot): void {
    this.#undispatched();
    if (run.isCancelled) this.#reject(run, slot, cancelled(this.name));
    else run.resolve(slot, slot.outputs!);
    this.#next();
  }

  reported(run: ModelRun, slot: RunSlot, details: RunDetails): void {
    this.#undispatched();
    if (run.isCancelled) this.#reject(run, slot, cancelled(this.name));
    else if (details.kind === 'collected') this.#collected(run, slot, details);
    else this.#reject(run, slot, this.#failure(run, details));
    this.#next();
  }

  /** The thread died in the middle of it: the slot's native objects are in an unknown state and are abandoned. */
  lost(run: ModelRun, slot: RunSlot, cause: unknown): void {
    this.#undispatched();
    this.#slots.delete(slot);
    this.#host.slotIndices.give(slot.index);
    run.reject(
      run.isCancelled
        ? cancelled(this.name)
        : new RangefinderError('INTERNAL', `the engine thread that ran model '${this.name}' died`, { cause }),
    );
    this.#next();
  }

  #planFor(request: RunRequest): RunPlan {
    const plans = this.#plans;
    for (let i = plans.length - 1; i >= 0; i -= 1) {
      const plan = plans[i]!;
      if (!plan.matches(request)) continue;
      if (i < plans.length - 1) plans.push(...plans.splice(i, 1));
      return plan;
    }
    const plan = new RunPlan(request, this.#signatureIndex, this.#mispredictions < MISPREDICTIONS_MAX);
    if (plans.length === PLANS_MAX) plans.shift();
    plans.push(plan);
    return plan;
  }

  #mayDispatch(plan: RunPlan): boolean {
    const ahead = Math.min(AHEAD_MAX, Math.floor(AHEAD_BYTES / plan.layout.totalBytes));
    if (this.#dispatched >= this.instances + ahead) return false;
    return this.#freeSlots.length > 0 || this.#host.slotIndices.available;
  }

  #dispatch(run: ModelRun): void {
    let slot: RunSlot | undefined;
    try {
      slot = this.#takeSlot(run.plan);
      slot.prepare(run.plan);
      run.write(slot);
    } catch (error) {
      if (slot !== undefined) this.#freeSlots.push(slot);
      run.reject(toRangefinderError(error));
      return;
    }
    run.slot = slot;
    this.#dispatched += 1;
    const { inlineExecutor, threads } = this.#host;
    if (inlineExecutor === undefined) {
      threads.dispatch(slot.index, run, this.#dispatched <= this.instances);
      return;
    }
    const details = inlineExecutor.execute(slot.index);
    if (details === undefined) this.finished(run, slot);
    else this.reported(run, slot, details);
  }

  /** A free slot, if possible one that is set up for this plan. */
  #takeSlot(plan: RunPlan): RunSlot {
    const free = this.#freeSlots;
    for (let i = free.length - 1; i >= 0; i -= 1) {
      const slot = free[i]!;
      if (slot.plan !== plan) continue;
      free[i] = free.at(-1)!;
      free.pop();
      return slot;
    }
    const reused = free.pop();
    if (reused !== undefined) return reused;
    const { library, threads, slotIndices } = this.#host;
    const runOptions = createRunOptions(library);
    const slot = new RunSlot(
      slotIndices.take(),
      { index: this.index, session: this.#session, names: this.#names },
      { api: library.api, control: threads.control, runOptions },
    );
    this.#slots.add(slot);
    return slot;
  }

  #next(): void {
    for (let run = this.#queue.peek(); run !== undefined; run = this.#queue.peek()) {
      if (!this.#mayDispatch(run.plan)) return;
      this.#queue.shift();
      this.#dispatch(run);
    }
    this.#signalIdle();
  }

  #undispatched(): void {
    if (this.#dispatched <= this.instances && this.#host.inlineExecutor === undefined) this.#host.threads.lowerDemand();
    this.#dispatched -= 1;
  }

  #reject(run: ModelRun, slot: RunSlot, error: RangefinderError): void {
    this.#freeSlots.push(slot);
    run.reject(error);
  }

  #collected(run: ModelRun, slot: RunSlot, details: CollectedRun): void {
    const { plan } = run;
    const names = plan.outputNames;
    const outputs = details.outputs.flatMap((output, i) =>
      output.absent ? [] : [collectedOutput(names[i]!, output, slot, plan)],
    );
    if (details.mispredicted) {
      plan.mispredicted();
      this.#mispredictions += 1;
    }
    if (plan.prediction === undefined) {
      plan.learn(
        details.outputs
          .filter(({ absent }) => !absent)
          .map(({ elementType, shape, byteLength }) => ({
            elementType,
            dataType: dataTypeOfOnnx(elementType)!,
            shape,
            byteLength,
          })),
      );
    }
    run.resolve(slot, outputs);
  }

  #failure(run: ModelRun, details: RunDetails & { readonly kind: 'failed' }): RangefinderError {
    if (details.reason === 'engine') return runError(this.name, details);
    const strings = run.plan.inputs.filter(({ dataType }) => dataType === 'BYTES').map(({ name }) => `input '${name}'`);
    return new RangefinderError('INVALID_ARGUMENT', `${strings.join(' or ')}: ${details.message}`);
  }

  #freeSlot(slot: RunSlot): void {
    this.#slots.delete(slot);
    slot.free();
    this.#host.slotIndices.give(slot.index);
  }

  #signalIdle(): void {
    if (this.#dispatched === 0 && this.#queue.isEmpty) this.#onIdle?.();
  }

  async #unload(): Promise<void> {
    if (this.#dispatched > 0 || !this.#queue.isEmpty) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onIdle = resolve;
      await promise;
    }
    for (const slot of this.#slots) this.#freeSlot(slot);
    this.#freeSlots.length = 0;
    this.#plans.length = 0;
    await this.#host.loaders.release(this.#session);
    await this.#host.onUnloaded(this);
  }
}

function collectedOutput(name: string, output: CollectedOutput, slot: RunSlot, plan: RunPlan): RunOutput {
  const dataType = dataTypeOfOnnx(output.elementType);
  if (dataType === undefined) throw new Error(`output '${name}' has ONNX element type ${output.elementType}`);
  const bytes =
    output.memory === undefined
      ? slot.view(plan.layout.outputArea + output.offset, output.byteLength)
      : new Uint8Array(output.memory);
  return { name, dataType, shape: output.shape, bytes };
}

function cancelled(modelName: string): RangefinderError {
  return new RangefinderError('CANCELLED', `the run of model '${modelName}' was cancelled`);
}

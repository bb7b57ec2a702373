import type { RangefinderError } from '@rangefinder/base';
import type { RunHandle, RunOutput, RunRequest, RunResult, RunTimings } from '../engine.ts';
import { boolsOf } from './bool-tensor.ts';
import type { RunDetails } from './native/run-details.ts';
import type { OnnxModel } from './onnx-model.ts';
import type { RunPlan } from './run-plan.ts';
import type { RunSlot } from './run-slot.ts';
import type { SlotOwner } from './threads/engine-threads.ts';

/** One run from `run` to its result: waiting, written into a slot, with the engine threads, over. */
export class ModelRun implements RunHandle, SlotOwner {
  readonly result: Promise<RunResult>;
  readonly plan: RunPlan;
  readonly #model: OnnxModel;
  readonly #startUs: number;
  #request: RunRequest | undefined;
  #writtenInUs = 0;
  #resolve!: (result: RunResult) => void;
  #reject!: (error: RangefinderError) => void;
  #settled = false;
  slot: RunSlot | undefined;
  isCancelled = false;

  constructor(model: OnnxModel, request: RunRequest, plan: RunPlan, nowUs: number) {
    this.#model = model;
    this.#request = request;
    this.#startUs = nowUs;
    this.plan = plan;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  cancel(): void {
    if (this.#settled || this.isCancelled) return;
    this.isCancelled = true;
    this.#model.cancel(this);
  }

  /** Has the caller fill the slot's inputs. */
  write(slot: RunSlot): void {
    const startMs = performance.now();
    const { inputs } = this.#request!;
    for (let i = 0; i < inputs.length; i += 1) {
      const target = slot.inputs[i]!;
      inputs[i]!.write(target);
      if (inputs[i]!.dataType === 'BOOL') boolsOf(target);
    }
    this.#request = undefined;
    this.#writtenInUs = (performance.now() - startMs) * 1000;
  }

  resolve(slot: RunSlot, outputs: readonly RunOutput[]): void {
    this.#settled = true;
    const startUs = slot.startUs();
    const computedUs = slot.computedUs();
    const timings = {
      // Clocks of two threads agree to a microsecond only.
      waitUs: Math.max(0, startUs - this.#startUs),
      inputUs: this.#writtenInUs,
      computeUs: computedUs - startUs,
      outputUs: slot.finishedUs() - computedUs,
    };
    this.#resolve(new SlotResult(this.#model, slot, outputs, timings));
  }

  reject(error: RangefinderError): void {
    this.#settled = true;
    this.#request = undefined;
    this.#reject(error);
  }

  finished(): void {
    this.#model.finished(this, this.slot!);
  }

  reported(details: RunDetails): void {
    this.#model.reported(this, this.slot!, details);
  }

  lost(cause: unknown): void {
    this.#model.lost(this, this.slot!, cause);
  }
}

class SlotResult implements RunResult {
  readonly outputs: readonly RunOutput[];
  readonly timings: RunTimings;
  readonly #model: OnnxModel;
  #slot: RunSlot | undefined;

  constructor(model: OnnxModel, slot: RunSlot, outputs: readonly RunOutput[], timings: RunTimings) {
    this.#model = model;
    this.#slot = slot;
    this.outputs = outputs;
    this.timings = timings;
  }

  release(): void {
    const slot = this.#slot;
    if (slot === undefined) throw new Error('a run result was released twice');
    this.#slot = undefined;
    this.#model.giveSlot(slot);
  }
}

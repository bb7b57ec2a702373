import { RangefinderError, toRangefinderError } from '@rangefinder/base';
import type { LoadedModel, ModelSignature, RunHandle, RunRequest, RunResult } from '../engine.ts';
import { RunQueue } from '../run-queue.ts';
import { indexSignature, type SignatureIndex, validateRun } from '../run-validation.ts';
import { compute } from './builtin-compute.ts';
import { type BuiltinDefinition, delayOf, outputShape } from './builtin-definition.ts';

/** A model that computes on the calling thread, after a delay that blocks nobody. */
export class BuiltinModel implements LoadedModel {
  readonly signature: ModelSignature;
  readonly memoryBytes: number;
  readonly #name: string;
  readonly #instances: number;
  readonly #definition: BuiltinDefinition;
  readonly #index: SignatureIndex;
  readonly #queue = new RunQueue<BuiltinRun>();
  readonly #running = new Set<BuiltinRun>();
  readonly #onUnloaded: (model: BuiltinModel) => void;
  #runs = 0;
  #unloading: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(
    definition: BuiltinDefinition,
    options: { readonly name: string; readonly instances: number; readonly memoryBytes: number },
    onUnloaded: (model: BuiltinModel) => void,
  ) {
    this.#definition = definition;
    this.#name = options.name;
    this.#instances = options.instances;
    this.memoryBytes = options.memoryBytes;
    this.#onUnloaded = onUnloaded;
    const { dataType, shape, inputName, outputName, kind, times } = definition;
    const repeated = shape.map((size, i) => {
      if (kind !== 'repeat' || i < shape.length - 1) return size;
      return typeof size === 'string' || size < 0 ? -1 : size * times;
    });
    this.signature = Object.freeze({
      inputs: [{ name: inputName, dataType, shape, optional: false }],
      outputs: [{ name: outputName, dataType, shape: repeated, optional: false }],
      metadata: { kind },
    });
    this.#index = indexSignature(this.signature);
  }

  run(request: RunRequest): RunHandle {
    if (this.#unloading !== undefined) {
      throw new RangefinderError('UNAVAILABLE', `model '${this.#name}' is unloaded`);
    }
    validateRun(request, this.#index);
    const run = new BuiltinRun(request, (cancelled) => this.#cancel(cancelled));
    this.#queue.push(run);
    this.#next();
    return run;
  }

  unload(): Promise<void> {
    this.#unloading ??= this.#unload();
    return this.#unloading;
  }

  #next(): void {
    while (this.#running.size < this.#instances) {
      const run = this.#queue.shift();
      if (run === undefined) break;
      this.#running.add(run);
      if (!run.write()) this.#finish(run);
      else this.#start(run, delayOf(this.#definition, run.input));
    }
    if (this.#running.size === 0) this.#onIdle?.();
  }

  #start(run: BuiltinRun, delayMs: number): void {
    if (delayMs === 0) this.#complete(run);
    else run.timer = setTimeout(() => this.#complete(run), delayMs);
  }

  #complete(run: BuiltinRun): void {
    this.#runs += 1;
    run.complete(this.#definition, this.#runs);
    this.#finish(run);
  }

  #finish(run: BuiltinRun): void {
    this.#running.delete(run);
    this.#next();
  }

  #cancel(run: BuiltinRun): void {
    const waiting = this.#queue.remove(run);
    if (!waiting && !this.#running.has(run)) return;
    clearTimeout(run.timer);
    run.reject(new RangefinderError('CANCELLED', `the run of model '${this.#name}' was cancelled`));
    if (!waiting) this.#finish(run);
  }

  async #unload(): Promise<void> {
    if (this.#running.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onIdle = resolve;
      await promise;
    }
    this.#onUnloaded(this);
  }
}

class BuiltinRun implements RunHandle {
  readonly result: Promise<RunResult>;
  readonly #request: RunRequest;
  readonly #cancel: (run: BuiltinRun) => void;
  readonly #calledMs = performance.now();
  #startedMs = 0;
  #writtenMs = 0;
  #resolve!: (result: RunResult) => void;
  #reject!: (error: RangefinderError) => void;
  input = new Uint8Array(0);
  timer: NodeJS.Timeout | undefined;

  constructor(request: RunRequest, cancel: (run: BuiltinRun) => void) {
    this.#request = request;
    this.#cancel = cancel;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  cancel(): void {
    this.#cancel(this);
  }

  /** False when the caller's `write` threw: then the run is over. */
  write(): boolean {
    this.#startedMs = performance.now();
    try {
      const input = this.#request.inputs[0]!;
      this.input = new Uint8Array(new ArrayBuffer(input.byteLength));
      input.write(this.input);
      this.#writtenMs = performance.now();
      return true;
    } catch (error) {
      this.reject(toRangefinderError(error));
      return false;
    }
  }

  complete(definition: BuiltinDefinition, run: number): void {
    const { shape, dataType } = this.#request.inputs[0]!;
    try {
      const bytes = compute(definition, this.input, shape, run);
      const name = definition.outputName;
      this.#resolve(
        new BuiltinResult({ name, dataType, shape: outputShape(definition, shape), bytes }, this.#timings()),
      );
    } catch (error) {
      this.reject(toRangefinderError(error));
    }
  }

  reject(error: RangefinderError): void {
    this.#reject(error);
  }

  #timings(): RunResult['timings'] {
    return {
      waitUs: (this.#writtenMs - this.#calledMs) * 1000,
      inputUs: (this.#writtenMs - this.#startedMs) * 1000,
      computeUs: (performance.now() - this.#writtenMs) * 1000,
      outputUs: 0,
    };
  }
}

class BuiltinResult implements RunResult {
  readonly outputs: RunResult['outputs'];
  readonly timings: RunResult['timings'];
  #released = false;

  constructor(output: RunResult['outputs'][number], timings: RunResult['timings']) {
    this.outputs = [output];
    this.timings = timings;
  }

  release(): void {
    if (this.#released) throw new Error('a run result was released twice');
    this.#released = true;
  }
}

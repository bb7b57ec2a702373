import { RangefinderError, toRangefinderError, type Clock } from '@rangefinder/base';
import { elementCount, type InferenceRequest, type InferenceResponse } from '@rangefinder/tensor';
import type { ModelPort } from '../ports.ts';
import type { BoundModel } from './model-binding.ts';
import type { Cancellation } from './cancellation.ts';
import { cancelled } from './settle.ts';
import type { RequestMemory } from './request-memory.ts';
import type { FilledInput } from './tensor-filling.ts';
import { numbersOf } from './values.ts';

export interface ScoringJob {
  readonly models: readonly { readonly model: BoundModel; readonly inputs: readonly FilledInput[] }[];
  readonly rows: number;
  readonly chunkRows: number;
  readonly chunksInFlight: number;
  readonly limitUs: number;
  readonly requestId: string;
  readonly memory: RequestMemory;
}

export interface Scored {
  /** Columns by output name; NaN where a row was not scored. */
  readonly outputs: ReadonlyMap<string, Float64Array>;
  /** Rows that all models have scored: the first so many. */
  readonly rows: number;
  /** Why not all of them; undefined when all. */
  readonly problem: string | undefined;
  /** Time that the engine spent, µs. */
  readonly modelUs: number;
}

/**
 * Runs the models over the candidates in chunks, a few at a time, best candidates first, so that requests of others find
 * their way between them. Ends at the limit with what it has and cancels the rest; the first failure ends it too.
 * Rejects only with CANCELLED.
 */
export function scoreRows(models: ModelPort, clock: Clock, job: ScoringJob, signal: Cancellation): Promise<Scored> {
  return new Scoring(models, clock, job, signal).run();
}

class Scoring {
  readonly #models: ModelPort;
  readonly #clock: Clock;
  readonly #job: ScoringJob;
  readonly #signal: Cancellation;
  readonly #outputs: ReadonlyMap<string, Float64Array>;
  /** Runs still to come of each chunk. */
  readonly #open: Uint32Array;
  readonly #cancels = new Set<() => void>();
  #problem: string | undefined = undefined;
  #modelUs = 0;
  #stop: () => void = () => {};

  constructor(models: ModelPort, clock: Clock, job: ScoringJob, signal: Cancellation) {
    this.#models = models;
    this.#clock = clock;
    this.#job = job;
    this.#signal = signal;
    const names = job.models.flatMap(({ model }) => model.outputs.map(({ name }) => name));
    this.#outputs = new Map(names.map((name) => [name, job.memory.doubles(job.rows).fill(Number.NaN)]));
    this.#open = new Uint32Array(Math.ceil(job.rows / job.chunkRows)).fill(job.models.length);
  }

  async run(): Promise<Scored> {
    if (this.#signal.aborted) throw cancelled();
    const stopped = new Promise<void>((resolve) => (this.#stop = resolve));
    const onAbort = (): void => this.#end('cancelled');
    this.#signal.add(onAbort);
    const { limitUs, models, chunksInFlight } = this.#job;
    const timer =
      limitUs === Infinity
        ? undefined
        : this.#clock.schedule(Math.max(0, limitUs - this.#clock.nowUs()), () => this.#end('late'));
    const lanes = models.flatMap((_, model) =>
      Array.from({ length: chunksInFlight }, (_, lane) => this.#lane(model, lane)),
    );
    await Promise.race([Promise.all(lanes), stopped]);
    timer?.cancel();
    this.#signal.remove(onAbort);
    if (this.#signal.aborted) throw cancelled();
    return { outputs: this.#outputs, rows: this.#rowsDone(), problem: this.#problem, modelUs: this.#modelUs };
  }

  /** Takes every `chunksInFlight`-th chunk of a model, one after the other. */
  async #lane(model: number, lane: number): Promise<void> {
    for (let chunk = lane; chunk < this.#open.length; chunk += this.#job.chunksInFlight) {
      if (this.#problem !== undefined) return;
      try {
        await this.#runChunk(model, chunk);
      } catch (thrown) {
        const { code, message } = toRangefinderError(thrown);
        this.#end(code === 'DEADLINE_EXCEEDED' ? 'late' : `${code}: ${message}`);
      }
    }
  }

  async #runChunk(index: number, chunk: number): Promise<void> {
    const { model, inputs } = this.#job.models[index]!;
    const from = chunk * this.#job.chunkRows;
    const to = Math.min(this.#job.rows, from + this.#job.chunkRows);
    const tensors = new Set(model.outputs.map(({ tensor }) => tensor));
    const request: InferenceRequest = {
      modelName: model.declared.model,
      modelVersion: model.version,
      id: this.#job.requestId,
      inputs: inputs.map((input) => input.slice(from, to)),
      outputs: [...tensors].map((name) => ({ name, binaryData: undefined, classificationCount: 0 })),
      parameters: { priority: 0, timeoutUs: 0, other: {} },
    };
    let cancel: (() => void) | undefined;
    try {
      const response = await this.#models.infer(request, {
        deadlineUs: this.#job.limitUs,
        onCancellable: (one) => {
          cancel = one;
          this.#cancels.add(one);
        },
        onFinished: (event) => (this.#modelUs += event.computeInferUs),
      });
      if (this.#problem !== undefined) return;
      this.#take(model, response, from, to);
      this.#open[chunk]! -= 1;
    } finally {
      if (cancel !== undefined) this.#cancels.delete(cancel);
    }
  }

  #take(model: BoundModel, response: InferenceResponse, from: number, to: number): void {
    for (const { name, tensor, column } of model.outputs) {
      const output = response.outputs.find((one) => one.name === tensor);
      const width = output === undefined ? 0 : elementCount(output.shape) / (to - from);
      if (output === undefined || output.shape[0] !== to - from || column >= width) {
        const got = output === undefined ? 'nothing' : `[${output.shape.join(',')}]`;
        throw new RangefinderError(
          'INTERNAL',
          `model ${model.declared.name}: output ${tensor}: expected column ${column} of ${to - from} rows, got ${got}`,
        );
      }
      const numbers = numbersOf(output, `output ${tensor}`);
      const target = this.#outputs.get(name)!;
      for (let i = from; i < to; i++) target[i] = numbers[(i - from) * width + column]!;
    }
  }

  #end(problem: string): void {
    this.#problem ??= problem;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#stop();
  }

  #rowsDone(): number {
    const first = this.#open.findIndex((left) => left > 0);
    return first < 0 ? this.#job.rows : Math.min(this.#job.rows, first * this.#job.chunkRows);
  }
}

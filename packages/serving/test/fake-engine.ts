import { RangefinderError } from '@rangefinder/base';
import type {
  Engine,
  EngineDescription,
  LoadedModel,
  LoadRequest,
  ModelSignature,
  RunHandle,
  RunRequest,
  RunResult,
} from '@rangefinder/engines';
import type { Shape } from '@rangefinder/tensor';

export interface GatheredInput {
  readonly name: string;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

export interface FakeRun {
  readonly inputs: readonly GatheredInput[];
  readonly outputs: readonly string[];
}

export interface FakeModelBehaviour {
  readonly signature: ModelSignature;
  readonly memoryBytes?: number;
  /** What a run returns; echoing the inputs unless said otherwise. Throwing is a failed run. */
  readonly compute?: (run: FakeRun) => RunResult['outputs'];
  /** Set: runs wait until the test finishes them by hand. */
  readonly manual?: boolean;
  /** Set: the load fails with this. */
  readonly loadError?: RangefinderError;
  /** Set: the load waits for it. */
  readonly loadGate?: Promise<void>;
}

/** A model whose runs the test watches and, if it likes, finishes by hand. */
export class FakeModel implements LoadedModel {
  readonly signature: ModelSignature;
  readonly memoryBytes: number;
  readonly runs: FakeRun[] = [];
  readonly waiting: { finish: () => void; fail: (error: RangefinderError) => void; cancelled: boolean }[] = [];
  unloaded = false;
  released = 0;
  readonly #behaviour: FakeModelBehaviour;

  constructor(behaviour: FakeModelBehaviour) {
    this.signature = behaviour.signature;
    this.memoryBytes = behaviour.memoryBytes ?? 1000;
    this.#behaviour = behaviour;
  }

  run(request: RunRequest): RunHandle {
    if (this.unloaded) throw new RangefinderError('UNAVAILABLE', 'run after unload');
    const inputs = request.inputs.map((input) => {
      const bytes = new Uint8Array(input.byteLength);
      input.write(bytes);
      return { name: input.name, shape: input.shape, bytes };
    });
    const run = { inputs, outputs: request.outputs };
    this.runs.push(run);
    const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
    const finish = (): void => {
      try {
        const compute = this.#behaviour.compute ?? echo;
        const outputs = compute(run).filter(
          (one) => request.outputs.length === 0 || request.outputs.includes(one.name),
        );
        const timings = { waitUs: 0, inputUs: 1, computeUs: 2, outputUs: 3 };
        resolve({ outputs, timings, release: () => (this.released += 1) });
      } catch (error) {
        reject(error);
      }
    };
    const entry = { finish, fail: reject, cancelled: false };
    if (this.#behaviour.manual === true) this.waiting.push(entry);
    else queueMicrotask(finish);
    return {
      result: promise,
      cancel: () => {
        entry.cancelled = true;
        reject(new RangefinderError('CANCELLED', 'the run was cancelled'));
      },
    };
  }

  unload(): Promise<void> {
    this.unloaded = true;
    return Promise.resolve();
  }
}

/** Output `Y…` for every input `X…`. */
function echo(run: FakeRun): RunResult['outputs'] {
  return run.inputs.map((input) => ({
    name: input.name.replace('X', 'Y'),
    dataType: 'FP32' as const,
    shape: input.shape,
    bytes: input.bytes,
  }));
}

/** Loads what `behaviours` says for a model's path. */
export class FakeEngine implements Engine {
  readonly name = 'fake';
  readonly loaded: FakeModel[] = [];
  closed = false;
  readonly #behaviours: (request: LoadRequest) => FakeModelBehaviour;

  constructor(behaviours: (request: LoadRequest) => FakeModelBehaviour) {
    this.#behaviours = behaviours;
  }

  async load(request: LoadRequest): Promise<LoadedModel> {
    const behaviour = this.#behaviours(request);
    await behaviour.loadGate;
    if (behaviour.loadError !== undefined) throw behaviour.loadError;
    const model = new FakeModel(behaviour);
    this.loaded.push(model);
    return model;
  }

  describe(): Promise<EngineDescription> {
    return Promise.resolve({ name: this.name, library: 'none', version: '0', executionProviders: [] });
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

import type { Engine, LoadedModel, LoadRequest, RunHandle, RunRequest } from '@rangefinder/engines';

/** An engine that adds up how long models computed, by its own clock: what waits and copies cost is not in it. */
export class TimedEngine implements Engine {
  readonly name: string;
  readonly #inner: Engine;
  #computeUs = 0;

  constructor(inner: Engine) {
    this.#inner = inner;
    this.name = inner.name;
  }

  /** Since the last look, ms. */
  takeComputeMs(): number {
    const taken = this.#computeUs / 1000;
    this.#computeUs = 0;
    return taken;
  }

  async load(request: LoadRequest, signal?: AbortSignal): Promise<LoadedModel> {
    const model = await this.#inner.load(request, signal);
    return {
      signature: model.signature,
      memoryBytes: model.memoryBytes,
      run: (run) => this.#timed(model, run),
      unload: () => model.unload(),
    };
  }

  describe(...options: Parameters<Engine['describe']>): ReturnType<Engine['describe']> {
    return this.#inner.describe(...options);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #timed(model: LoadedModel, request: RunRequest): RunHandle {
    const handle = model.run(request);
    const result = handle.result.then((done) => {
      this.#computeUs += done.timings.computeUs;
      return done;
    });
    return { result, cancel: () => handle.cancel() };
  }
}

import { type Logger, RangefinderError, silentLogger, TaskLimit } from '@rangefinder/base';
import { availableCores } from '../available-cores.ts';
import type { DescribeOptions, Engine, EngineDescription, LoadRequest } from '../engine.ts';
import { describeProviders } from './execution-providers.ts';
import { monotonicClock } from './monotonic-time.ts';
import { bundledLibraryPath, loadOrtLibrary, type OrtLibrary } from './native/ort-library.ts';
import { RunExecutor } from './native/run-executor.ts';
import type { SessionSettings } from './native/session-options.ts';
import { type ModelHost, OnnxModel } from './onnx-model.ts';
import { loadSession } from './session-loader.ts';
import { compileSettings } from './session-settings.ts';
import { LIMITS } from './threads/control-block.ts';
import { EngineThreads, IndexPool } from './threads/engine-threads.ts';
import { LoaderThreads } from './threads/loader-threads.ts';

export interface OnnxEngineOptions {
  /** The ONNX Runtime library to use, 1.24 or later; the one in the npm package `onnxruntime-node` when left out. */
  readonly libraryPath?: string;
  /** Engine threads at most; when left out the cores the process may use, but at least 8: runs may wait for a device. */
  readonly maxThreads?: number;
  readonly logger?: Logger;
}

/** What exists once the library is loaded. */
interface Native {
  readonly library: OrtLibrary;
  readonly threads: EngineThreads;
  readonly loaders: LoaderThreads;
}

const MAX_THREADS_LEAST = 8;
/** Threads that stay when no model needs them, so that models that come and go do not start and end them. */
const KEPT_THREADS = 2;
/** How long a process that exits waits for runs to stop: one operator may take a while. */
const EXIT_WAIT_MS = 5000;
/** Loads at one time: each takes a loader thread, and all of a core. */
const CONCURRENT_LOADS = 2;

/**
 * ONNX Runtime through its C API. Loading the library takes some 100 ms of the calling thread, at the first use.
 * @throws UNSUPPORTED from the first use when the library cannot be loaded.
 */
export class OnnxEngine implements Engine {
  readonly name = 'onnx';
  readonly #libraryPath: string;
  readonly #maxThreads: number;
  readonly #logger: Logger;
  readonly #models = new Set<OnnxModel>();
  readonly #modelIndices = new IndexPool(LIMITS.models, 'models are loaded');
  readonly #slotIndices = new IndexPool(LIMITS.slots, 'runs are held');
  readonly #loads = new TaskLimit(CONCURRENT_LOADS);
  readonly #nowUs = monotonicClock();
  #native: Native | undefined;
  #inlineExecutor: RunExecutor | undefined;
  #webGpuIndex: number | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: OnnxEngineOptions = {}) {
    this.#libraryPath = options.libraryPath ?? bundledLibraryPath();
    this.#maxThreads = options.maxThreads ?? Math.max(MAX_THREADS_LEAST, availableCores());
    this.#logger = options.logger ?? silentLogger;
  }

  async load(request: LoadRequest, signal?: AbortSignal): Promise<OnnxModel> {
    this.#checkOpen();
    const { session: settings, execution } = compileSettings(request.options, request.instances, availableCores());
    return this.#loads.run(async () => {
      this.#checkOpen();
      const { library, loaders: creator } = this.#open();
      const { modelPath } = request;
      const cacheFolder = request.options.optimizedModelCacheDir;
      const share = this.#takeShare(settings, request.instances);
      try {
        const loaded = await loadSession(library, { modelPath, settings, cacheFolder, signal, creator }, this.#logger);
        const model = new OnnxModel(this.#host(execution === 'inline'), loaded, { name: request.modelName, ...share });
        this.#models.add(model);
        await this.#keepThreads();
        return model;
      } catch (error) {
        this.#giveShare(share.index);
        throw error;
      }
    });
  }

  async describe(options: DescribeOptions = {}): Promise<EngineDescription> {
    this.#checkOpen();
    const { library } = this.#open();
    return {
      name: this.name,
      library: library.path,
      version: library.version,
      executionProviders: await describeProviders(library, options.tryDevices ?? false),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #open(): Native {
    if (this.#native === undefined) {
      const library = loadOrtLibrary(this.#libraryPath);
      const threads = new EngineThreads(library.handles, this.#maxThreads, this.#logger);
      this.#native = { library, threads, loaders: new LoaderThreads(library.handles) };
      process.once('exit', this.#stopRuns);
    }
    return this.#native;
  }

  #host(inline: boolean): ModelHost {
    const { library, threads, loaders } = this.#open();
    if (inline) this.#inlineExecutor ??= new RunExecutor(threads.control, library.handles);
    return {
      library,
      threads,
      loaders,
      slotIndices: this.#slotIndices,
      nowUs: this.#nowUs,
      inlineExecutor: inline ? this.#inlineExecutor : undefined,
      onUnloaded: (model) => this.#unloaded(model),
    };
  }

  /** The counter of runs under way that a model goes by. All models on WebGPU share one: its device takes one at a time. */
  #takeShare(settings: SessionSettings, instances: number): { readonly index: number; readonly instances: number } {
    const { control } = this.#open().threads;
    if (settings.executionProviders.some(({ name }) => name.toLowerCase() === 'webgpu')) {
      if (this.#webGpuIndex === undefined) {
        this.#webGpuIndex = this.#modelIndices.take();
        control.setModelLimit(this.#webGpuIndex, 1);
      }
      return { index: this.#webGpuIndex, instances: 1 };
    }
    const index = this.#modelIndices.take();
    control.setModelLimit(index, instances);
    return { index, instances };
  }

  #giveShare(index: number): void {
    if (index !== this.#webGpuIndex) this.#modelIndices.give(index);
  }

  async #unloaded(model: OnnxModel): Promise<void> {
    this.#models.delete(model);
    this.#giveShare(model.index);
    await this.#keepThreads();
    await this.#open().library.c.trim();
  }

  async #keepThreads(): Promise<void> {
    const instances = [...this.#models].map((model) => (model.isInline ? 0 : model.instances));
    await this.#open().threads.keep(Math.max(KEPT_THREADS, ...instances));
  }

  /** A process that exits has to wait for native calls under way: long runs are told to stop. */
  readonly #stopRuns = (): void => {
    for (const model of this.#models) model.terminateRuns();
    this.#native?.threads.stopNow(EXIT_WAIT_MS);
  };

  async #close(): Promise<void> {
    await this.#loads.idle();
    await Promise.all([...this.#models].map((model) => model.unload()));
    await this.#native?.threads.close();
    await this.#native?.loaders.close();
    process.off('exit', this.#stopRuns);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new RangefinderError('UNAVAILABLE', 'the onnx engine is closed');
  }
}

import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { Engine, EngineDescription, LoadRequest } from '../engine.ts';
import { readDefinition } from './builtin-definition.ts';
import { BuiltinModel } from './builtin-model.ts';

/** Models that need no library: for tests, and for measuring what everything around a model costs. */
export class BuiltinEngine implements Engine {
  readonly name = 'builtin';
  readonly #models = new Set<BuiltinModel>();
  #closed = false;

  async load(request: LoadRequest, signal?: AbortSignal): Promise<BuiltinModel> {
    this.#checkOpen();
    const unknown = Object.keys(request.options.extra)[0];
    if (unknown !== undefined) throw invalidArgument(`extra.${unknown}`, 'unknown option; the builtin engine has none');
    if (!Number.isInteger(request.instances) || request.instances < 1) {
      throw invalidArgument('instances', `expected a whole number from 1, got ${request.instances}`);
    }
    throwIfCancelled(request, signal);
    const { definition, bytes } = await readDefinition(request.modelPath);
    throwIfCancelled(request, signal);
    this.#checkOpen();
    const options = { name: request.modelName, instances: request.instances, memoryBytes: bytes };
    const model = new BuiltinModel(definition, options, (unloaded) => this.#models.delete(unloaded));
    this.#models.add(model);
    return model;
  }

  async describe(): Promise<EngineDescription> {
    return {
      name: this.name,
      library: 'rangefinder',
      version: process.version,
      executionProviders: [{ name: 'cpu', available: true, reason: '' }],
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#models].map((model) => model.unload()));
  }

  #checkOpen(): void {
    if (this.#closed) throw new RangefinderError('UNAVAILABLE', 'the builtin engine is closed');
  }
}

function throwIfCancelled(request: LoadRequest, signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new RangefinderError('CANCELLED', `the load of ${request.modelPath} was cancelled`);
}

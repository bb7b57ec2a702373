import { RangefinderError, type Logger } from '@rangefinder/base';
import type { ModelDescription, ModelOverride, ModelRepository, RepositoryChange } from '@rangefinder/repository';

/** Several repositories as one. A name that two of them have belongs to the one that was named first. */
export class CombinedRepository implements ModelRepository {
  readonly #parts: readonly ModelRepository[];
  readonly #logger: Logger;
  #owners: ReadonlyMap<string, ModelRepository> = new Map();

  constructor(parts: readonly ModelRepository[], logger: Logger) {
    this.#parts = parts;
    this.#logger = logger;
  }

  async list(): Promise<readonly string[]> {
    const owners = new Map<string, ModelRepository>();
    for (const part of this.#parts) {
      for (const name of await part.list()) {
        if (!owners.has(name)) owners.set(name, part);
        else if (!this.#owners.has(name))
          this.#logger.warn({ model: name }, 'model is in two repositories; the first one counts');
      }
    }
    this.#owners = owners;
    return [...owners.keys()].toSorted();
  }

  async read(modelName: string, override?: ModelOverride): Promise<ModelDescription> {
    if (!this.#owners.has(modelName)) await this.list();
    const owner = this.#owners.get(modelName) ?? this.#parts[0];
    if (owner === undefined)
      throw new RangefinderError('NOT_FOUND', `model '${modelName}': there is no model repository`);
    return owner.read(modelName, override);
  }

  watch(intervalMs: number, onChange: (change: RepositoryChange) => void): () => void {
    const stops = this.#parts.map((part) => part.watch(intervalMs, onChange));
    return () => stops.forEach((stop) => stop());
  }

  async close(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.close()));
  }
}

import { RangefinderError } from '@rangefinder/base';
import type { Logger } from '@rangefinder/base';
import type { ModelEntry } from './model-entry.ts';

/**
 * Keeps all models together under a number of bytes: when one is loaded, those that were asked for longest ago give way.
 * What a model takes is known once it has been loaded, so the budget is checked after a load and may be exceeded during one
 * by that one model; models with requests under way are passed over.
 */
export class MemoryBudget {
  readonly #budgetBytes: number;
  readonly #entries: ReadonlyMap<string, ModelEntry>;
  readonly #logger: Logger;
  /** What models took when they were last loaded, to make room for them beforehand. */
  readonly #lastKnownBytes = new Map<string, number>();

  /** `budgetBytes` 0 switches it off. */
  constructor(budgetBytes: number, entries: ReadonlyMap<string, ModelEntry>, logger: Logger) {
    this.#budgetBytes = budgetBytes;
    this.#entries = entries;
    this.#logger = logger;
  }

  /** Throws RESOURCE_EXHAUSTED, the model unloaded again, when it does not fit even so. */
  async makeRoomAround(entry: ModelEntry, load: () => Promise<void>): Promise<void> {
    if (this.#budgetBytes === 0) return load();
    await this.#evict(entry, this.#lastKnownBytes.get(entry.name) ?? 0);
    await load();
    this.#lastKnownBytes.set(entry.name, entry.memoryBytes);
    await this.#evict(entry, 0);
    const used = this.#usedBytes();
    if (used <= this.#budgetBytes) return;
    const reason = `model '${entry.name}' takes ${entry.memoryBytes} bytes; all models together may take ${this.#budgetBytes}, and ${used - entry.memoryBytes} are in use`;
    await entry.unload(reason);
    throw new RangefinderError('RESOURCE_EXHAUSTED', reason);
  }

  async #evict(keep: ModelEntry, extraBytes: number): Promise<void> {
    while (this.#usedBytes() + extraBytes > this.#budgetBytes) {
      const victim = this.#leastRecentlyUsed(keep);
      if (victim === undefined) return;
      this.#logger.info({ model: victim.name, memoryBytes: victim.memoryBytes }, 'model evicted to make room');
      await victim.unload('evicted to make room; loads again on demand');
    }
  }

  #leastRecentlyUsed(keep: ModelEntry): ModelEntry | undefined {
    let victim: ModelEntry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry === keep || entry.serving('') === undefined || entry.pendingRequests > 0) continue;
      if (victim === undefined || entry.lastUsedUs < victim.lastUsedUs) victim = entry;
    }
    return victim;
  }

  #usedBytes(): number {
    let sum = 0;
    for (const entry of this.#entries.values()) sum += entry.memoryBytes;
    return sum;
  }
}

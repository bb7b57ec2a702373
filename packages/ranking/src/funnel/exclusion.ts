import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { ItemFilter } from '@rangefinder/retrieval';
import type { RankerConfig } from '../config/ranker-config.ts';
import type { WrittenFilter } from '../config/ranker-schema.ts';
import type { ItemPort } from '../ports.ts';
import { passes } from './candidate-table.ts';

/** What must not be shown in one request, whatever else happens: every page, cached and fallback ones too, goes through it. */
export class Exclusion {
  /** What items must pass; undefined when any will do. */
  readonly filter: ItemFilter | undefined;
  /** For sources, which know items by number. */
  readonly numbers = new Set<number>();
  readonly #blocks: readonly ItemFilter[];
  readonly #ids = new Map<string, 'excluded' | 'seen'>();
  readonly #items: ItemPort;

  /** Throws INVALID_ARGUMENT that starts with `filter` for the request's expression, with the declared path for others. */
  constructor(config: RankerConfig, items: ItemPort, requested: WrittenFilter | undefined, exclude: readonly string[]) {
    this.#items = items;
    const declared = config.filters.where;
    const all = requested === undefined ? [...declared] : [...declared, requested];
    if (requested !== undefined) compiled(items, requested, 'filter');
    const [first] = all;
    if (first !== undefined) this.filter = compiled(items, all.length === 1 ? first : { and: all }, 'filters.where');
    this.#blocks = config.rerank.rules.flatMap(({ name, where, block }) =>
      block === true ? [compiled(items, where, `rerank.rules.${name}.where`)] : [],
    );
    this.add(exclude, 'excluded');
  }

  add(ids: readonly string[], why: 'excluded' | 'seen'): void {
    for (const id of ids) {
      this.#ids.set(id, why);
      const number = this.#items.numberOf(id);
      if (number !== undefined) this.numbers.add(number);
    }
  }

  /** Why an item must not be shown; undefined when it may. */
  reason(id: string, number: number): string | undefined {
    const listed = this.#ids.size === 0 ? undefined : this.#ids.get(id);
    if (listed !== undefined) return listed;
    if (this.filter !== undefined && !passes(this.filter, number)) return 'filter';
    for (let i = 0; i < this.#blocks.length; i++) if (passes(this.#blocks[i]!, number)) return 'blocked';
    return undefined;
  }
}

/** Throws what the items say of it, with the field in front. */
export function compiled(items: ItemPort, expression: WrittenFilter, field: string): ItemFilter {
  try {
    return items.filter(expression);
  } catch (thrown) {
    if (!(thrown instanceof RangefinderError) || thrown.code !== 'INVALID_ARGUMENT') throw thrown;
    throw thrown.message.startsWith(field) ? thrown : invalidArgument(field, thrown.message);
  }
}

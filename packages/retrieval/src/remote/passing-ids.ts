import { forEachBit } from '../attributes/bitmap.ts';
import type { ItemFilter } from '../vector-index.ts';

/** The items of a filter without the excluded, ascending. */
export function passingIds(filter: ItemFilter, exclude: ReadonlySet<number>): number[] {
  const ids: number[] = [];
  forEachBit(filter.bits, (id) => {
    if (!exclude.has(id)) ids.push(id);
  });
  return ids;
}

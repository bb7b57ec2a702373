import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { Place } from '../config/places.ts';
import type { FeaturePort, ItemPort } from '../ports.ts';
import type { ContextValue } from '../rank-request.ts';
import type { Binding } from './model-binding.ts';
import type { BoundInput } from './declared-model.ts';

/** What the served models expect of a value of the request's context. */
export interface ContextDemand {
  readonly key: string;
  readonly isText: boolean;
  /** Numbers; undefined where the input takes any number of them. */
  readonly width: number | undefined;
  /** `input X of model ctr`. */
  readonly reader: string;
}

/** A model that is not there expects nothing. */
export function contextDemands(
  bindings: Iterable<Binding>,
  features: FeaturePort,
  items: Pick<ItemPort, 'embeddingDimensions'>,
): readonly ContextDemand[] {
  const demands: ContextDemand[] = [];
  for (const binding of bindings) {
    if (binding instanceof RangefinderError) continue;
    for (const input of binding.inputs) {
      for (const place of input.places) {
        if (place.kind !== 'context') continue;
        demands.push({
          key: place.key,
          isText: input.spec.dataType === 'BYTES',
          width: widthLeft(input, place, features, items),
          reader: `input ${input.spec.name} of model ${binding.declared.name}`,
        });
      }
    }
  }
  return demands;
}

/** Throws INVALID_ARGUMENT that names `context.X`: what the caller got wrong is not to end as a lesser page. */
export function checkContextDemands(
  demands: readonly ContextDemand[],
  context: Readonly<Record<string, ContextValue>>,
): void {
  for (const { key, isText, width, reader } of demands) {
    const value = context[key];
    const field = `context.${key}`;
    if ((typeof value === 'string') !== isText)
      throw invalidArgument(field, `expected ${isText ? 'a string' : 'numbers'} for ${reader}`);
    const count = typeof value === 'object' ? value.length : 1;
    if (width !== undefined && count !== width)
      throw invalidArgument(
        field,
        `expected ${width} ${width === 1 ? 'number' : 'numbers'} for ${reader}, got ${count}`,
      );
  }
}

/** What the other places of a fixed input leave to this one; undefined where that cannot be told. */
function widthLeft(
  { spec, places }: BoundInput,
  asked: Place,
  features: FeaturePort,
  items: Pick<ItemPort, 'embeddingDimensions'>,
): number | undefined {
  let left = 1;
  for (const size of spec.shape?.slice(1) ?? [-1]) {
    if (typeof size === 'string' || size < 0) return undefined;
    left *= size;
  }
  for (const place of places) {
    if (place === asked) continue;
    const width = widthOf(place, features, items);
    if (width === undefined) return undefined;
    left -= width;
  }
  return left > 0 ? left : undefined;
}

function widthOf(
  place: Place,
  features: FeaturePort,
  items: Pick<ItemPort, 'embeddingDimensions'>,
): number | undefined {
  if (place.kind === 'context') return undefined;
  if (place.kind === 'feature') return features.describe(place.feature)?.container?.maxLength ?? 1;
  return place.kind === 'embedding' ? items.embeddingDimensions(place.embedding) : 1;
}

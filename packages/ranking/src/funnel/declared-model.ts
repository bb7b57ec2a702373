import { RangefinderError } from '@rangefinder/base';
import type { TensorSpec } from '@rangefinder/tensor';
import type { Place } from '../config/places.ts';
import type { RankerConfig } from '../config/ranker-config.ts';

export type DeclaredModel = NonNullable<RankerConfig['heavy']>['models'][number];

export interface BoundInput {
  readonly spec: TensorSpec;
  readonly places: readonly Place[];
}

/** Identity of a signature, to notice when something else is served. */
export interface Witness {
  readonly model: string;
  readonly version: string;
  /** undefined: it was not served. */
  readonly inputs: readonly TensorSpec[] | undefined;
}

export function misfit(declared: DeclaredModel, problem: string): RangefinderError {
  return new RangefinderError('MODEL_INVALID', `model ${declared.name} (${declared.model}): ${problem}`);
}

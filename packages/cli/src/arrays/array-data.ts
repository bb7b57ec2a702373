import type { Tensor } from '@rangefinder/tensor';

/** A tensor that has no name yet: what a file holds before it is bound to one of the model's inputs. */
export type ArrayData = Omit<Tensor, 'name'>;

import type { Tensor } from '@rangefinder/tensor';

/** A tensor that has no name yet: what a file holds before it is bound to one of the model's inputs. */
export interface ArrayData extends Omit<Tensor, 'name'> {
  /** Where the rows are windows of a recording: seconds from the start of one to the start of the next. */
  readonly rowSeconds?: number;
}

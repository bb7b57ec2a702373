/** Seeds that once found a fault, each with what it was. They run in every test, whatever range of seeds does. */
export const REGRESSION_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [
  {
    seed: 37,
    found:
      'a large request went on running although, by newer estimates, its rest was hopeless; the next wake lay in the past',
  },
  {
    seed: 91,
    found:
      'a noisy estimate for small batches above that for large ones made the rest of a request look slower than the whole',
  },
  { seed: 389, found: 'the same as 91, on two instances and without batching' },
];

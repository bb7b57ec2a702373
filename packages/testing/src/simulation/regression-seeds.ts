/**
 * Seeds that once found a fault, each with what it was. They run in every test, whatever range of seeds does. A seed stays as
 * long as it still fails when the fault is put back.
 */
export const REGRESSION_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [
  {
    seed: 37,
    found:
      'by newer estimates the rest of a large request was hopeless, but a part of it was started; the next wake lay in the past',
  },
  {
    seed: 389,
    found:
      'small batches were thought slower than large ones, so the last part of a request seemed to need more time than all of it',
  },
];

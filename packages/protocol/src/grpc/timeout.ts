import { invalidArgument } from '@rangefinder/base';

/** Microseconds of each unit. */
const UNITS_US: Readonly<Record<string, number>> = {
  H: 3_600e6,
  M: 60e6,
  S: 1e6,
  m: 1e3,
  u: 1,
  n: 1e-3,
};

/** `grpc-timeout` in microseconds, up to eight digits and a unit. Throws INVALID_ARGUMENT. */
export function parseGrpcTimeout(text: string): number {
  const unit = UNITS_US[text.slice(-1)];
  const digits = text.slice(0, -1);
  if (unit === undefined || !/^[0-9]{1,8}$/.test(digits)) {
    throw invalidArgument('grpc-timeout', `expected 1 to 8 digits and one of H M S m u n, got "${text.slice(0, 64)}"`);
  }
  return Number(digits) * unit;
}

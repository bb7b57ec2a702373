import { invalidArgument } from '@rangefinder/base';

export function expectWhole(field: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw invalidArgument(field, `expected a whole number from ${low} to ${high}, got ${value}`);
}

export function expectOneOf(field: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw invalidArgument(field, `expected one of ${known.join(', ')}, got ${value}`);
}

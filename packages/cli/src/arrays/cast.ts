import { invalidArgument } from '@rangefinder/base';
import { elementCount, type DataType } from '@rangefinder/tensor';
import type { ArrayData } from './array-data.ts';
import { elementCodec, type ElementCodec, type Scalar } from './element-codec.ts';

/**
 * The same values as another element type. Files rarely have the type that a model declares (NumPy's default is float64), so
 * numbers convert as long as they mean the same: fractions never become integers, and nothing wraps or overflows.
 * Rounding between float types is allowed.
 *
 * @throws INVALID_ARGUMENT naming `field` and the first element that does not fit.
 */
export function castArray(array: ArrayData, to: DataType, field: string): ArrayData {
  if (array.dataType === to) return array;
  const source = elementCodec(array.dataType);
  const target = elementCodec(to);
  if (source === undefined || target === undefined) {
    throw invalidArgument(field, `the data is ${array.dataType}, the model wants ${to}`);
  }
  const count = elementCount(array.shape);
  const bytes = new Uint8Array(count * target.byteLength);
  const from = viewOf(array.bytes);
  const into = viewOf(bytes);
  for (let i = 0; i < count; i += 1) {
    const value = source.read(from, i * source.byteLength);
    const problem = misfit(value, target, to);
    if (problem !== undefined) throw invalidArgument(field, `element ${i} ${problem}`);
    target.write(into, i * target.byteLength, value);
  }
  return { dataType: to, shape: array.shape, bytes };
}

/** What keeps `value` from being an element of that type, as the end of a sentence; undefined when it fits. */
export function misfit(value: Scalar, target: ElementCodec, name: DataType): string | undefined {
  if (target.kind === 'float') {
    const tooLarge = Number.isFinite(Number(value)) && Math.abs(Number(value)) > (target.largest ?? Infinity);
    return tooLarge ? `is ${value}, too large for ${name}` : undefined;
  }
  if (typeof value === 'number' && !Number.isInteger(value)) return `is ${value}, not a whole number as ${name} needs`;
  const [low, high] = target.range ?? [0n, 0n];
  return BigInt(value) < low || BigInt(value) > high ? `is ${value}, outside ${name}'s ${low} to ${high}` : undefined;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

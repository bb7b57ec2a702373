import {
  decodeStringElements,
  elementCount,
  formatShape,
  sameShape,
  type DataType,
  type Tensor,
} from '@rangefinder/tensor';
import { numbersOf } from './elements.ts';

/** `|actual - expected| <= absolute + relative × |expected|`, as ONNX's own runner compares. */
interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Of ONNX's runner; wider only where the type itself has fewer digits. */
const DEFAULT_TOLERANCE: Tolerance = { relative: 1e-3, absolute: 1e-7 };
export const TOLERANCES: Partial<Readonly<Record<DataType, Tolerance>>> = {
  FP16: { relative: 2e-3, absolute: 1e-6 },
  BF16: { relative: 1.6e-2, absolute: 1e-5 },
};
const INTEGER = /^(U?INT\d+|BOOL)$/;

/** What differs, for people; undefined when `actual` is within tolerance of `expected`. */
export function difference(actual: Tensor | undefined, expected: Tensor): string | undefined {
  const { name, dataType, shape } = expected;
  if (actual === undefined) return `output ${name} is missing`;
  if (actual.dataType !== dataType) return `output ${name}: type ${actual.dataType}, expected ${dataType}`;
  if (!sameShape(actual.shape, shape)) {
    return `output ${name}: shape ${formatShape(actual.shape)}, expected ${formatShape(shape)}`;
  }
  const count = elementCount(shape);
  if (dataType === 'BYTES') return bytesDifference(actual, expected, count);
  const tolerance = INTEGER.test(dataType) ? { relative: 0, absolute: 0 } : (TOLERANCES[dataType] ?? DEFAULT_TOLERANCE);
  return numbersDifference(name, numbersOf(actual), numbersOf(expected), tolerance);
}

function bytesDifference(actual: Tensor, expected: Tensor, count: number): string | undefined {
  const got = decodeStringElements(actual.bytes, count);
  const wanted = decodeStringElements(expected.bytes, count);
  const i = got.findIndex((text, at) => text !== wanted[at]);
  return i < 0
    ? undefined
    : `output ${expected.name}: string ${i} is ${JSON.stringify(got[i])}, expected ${JSON.stringify(wanted[i])}`;
}

function numbersDifference(
  name: string,
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number | bigint>,
  tolerance: Tolerance,
): string | undefined {
  let differing = 0;
  let first = '';
  for (let i = 0; i < expected.length; i++) {
    if (isClose(actual[i]!, expected[i]!, tolerance)) continue;
    if (differing === 0) first = `element ${i} is ${actual[i]}, expected ${expected[i]}`;
    differing++;
  }
  return differing === 0 ? undefined : `output ${name}: ${differing} of ${expected.length} differ, ${first}`;
}

function isClose(actual: number | bigint, expected: number | bigint, { relative, absolute }: Tolerance): boolean {
  if (actual === expected) return true;
  if (typeof actual === 'bigint' || typeof expected === 'bigint') return false;
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  if (!Number.isFinite(expected)) return false;
  return Math.abs(actual - expected) <= absolute + relative * Math.abs(expected);
}

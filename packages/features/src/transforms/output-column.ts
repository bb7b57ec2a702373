import { bytesOf } from '@rangefinder/tensor';
import { columnOfValues } from '../columns/column-of-values.ts';
import { FEATURE_STATUS, type FeatureColumn, type FeatureSpec } from '../feature-reader.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import { encodeValue } from '../values/value-encoder.ts';

const { PRESENT, NULL_VALUE } = FEATURE_STATUS;

export interface OutputColumn {
  readonly column: FeatureColumn;
  /** Rows whose value was NaN or infinite; they are NULL_VALUE. */
  readonly notNumbers: number;
}

/** What a transformation returned for one output. Throws INVALID_ARGUMENT, naming the row, for what the output cannot hold. */
export function outputColumn(
  name: string,
  spec: FeatureSpec,
  values: ArrayLike<FeatureValue>,
  whenAbsent: FeatureValue,
): OutputColumn {
  const isFloat = spec.container === undefined && (spec.dataType === 'FP32' || spec.dataType === 'FP64');
  if (isFloat) return floatColumn(name, spec, values, Number(whenAbsent ?? 0));
  let notNumbers = 0;
  const kept = Array.from(values, (value) => {
    const isNumber = typeof value !== 'number' || Number.isFinite(value);
    notNumbers += Number(!isNumber);
    return isNumber ? value : null;
  });
  return { column: columnOfValues(name, spec, kept, whenAbsent), notNumbers };
}

/** The usual case, one number for each of hundreds of candidates, straight into the column. */
function floatColumn(name: string, spec: FeatureSpec, values: ArrayLike<FeatureValue>, absent: number): OutputColumn {
  const rows = values.length;
  const numbers = spec.dataType === 'FP32' ? new Float32Array(rows) : new Float64Array(rows);
  const statuses = new Uint8Array(rows).fill(PRESENT);
  let notNumbers = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row] ?? null;
    // Throws, for neither a number nor nothing.
    if (value !== null && typeof value !== 'number') encodeValue(spec, value, `${name}[${row}]`);
    numbers[row] = value === null ? absent : Number(value);
    if (value !== null && Number.isFinite(numbers[row])) continue;
    statuses[row] = NULL_VALUE;
    if (value === null) continue;
    numbers[row] = absent;
    notNumbers++;
  }
  const { dataType } = spec;
  return { column: { name, dataType, width: 1, bytes: bytesOf(numbers), statuses, lengths: undefined }, notNumbers };
}

import { byteLengthOf } from '@rangefinder/tensor';
import { FEATURE_STATUS, type FeatureColumn, type FeatureSpec } from '../feature-reader.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import { type EncodedValue, encodeValue } from '../values/value-encoder.ts';
import { copyNibbles } from './bit-copy.ts';

/**
 * A column from values that programs have, null for NULL_VALUE; there `whenAbsent` stands, or zero. Throws INVALID_ARGUMENT,
 * naming the row. Not for hot paths.
 */
export function columnOfValues(
  name: string,
  spec: FeatureSpec,
  values: readonly FeatureValue[],
  whenAbsent: FeatureValue = null,
): FeatureColumn {
  const width = spec.container?.maxLength ?? 1;
  const present = values.map((value, i) => encodeValue(spec, value, `${name}[${i}]`));
  const absent = encodeValue(spec, whenAbsent, `the default of ${name}`);
  const encoded = present.map((value) => value ?? absent);
  const isList = spec.container?.kind === 'list';
  return {
    name,
    dataType: spec.dataType,
    width,
    bytes: spec.dataType === 'BYTES' ? packTexts(encoded, width) : packFixed(spec, encoded, width),
    statuses: Uint8Array.from(present, (value) =>
      value === undefined ? FEATURE_STATUS.NULL_VALUE : FEATURE_STATUS.PRESENT,
    ),
    lengths: isList ? Uint32Array.from(encoded, (value) => value?.count ?? 0) : undefined,
  };
}

function packFixed(
  { dataType }: FeatureSpec,
  values: readonly (EncodedValue | undefined)[],
  width: number,
): Uint8Array {
  const bytes = new Uint8Array(byteLengthOf(dataType, values.length * width) ?? 0);
  const nibbles = dataType.endsWith('INT4') || dataType === 'FP4_E2M1';
  const rowBytes = byteLengthOf(dataType, width) ?? 0;
  for (const [row, value] of values.entries()) {
    if (value === undefined) continue;
    if (nibbles) copyNibbles(bytes, row * width, value.bytes, 0, value.count);
    else bytes.set(value.bytes, row * rowBytes);
  }
  return bytes;
}

/** Each row filled up to `width` elements with empty ones. */
function packTexts(values: readonly (EncodedValue | undefined)[], width: number): Uint8Array {
  const sizes = values.map((value) => (value?.bytes.length ?? 0) + (width - (value?.count ?? 0)) * 4);
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let offset = 0;
  for (const [row, value] of values.entries()) {
    if (value !== undefined) bytes.set(value.bytes, offset);
    offset += sizes[row]!;
  }
  return bytes;
}

import { DATA_TYPES, type DataType } from '@rangefinder/tensor';
import type { FeatureSpec, FeatureValue, FeatureViewSpec } from '@rangefinder/features';
import fc from 'fast-check';

export const NO_LIMIT = Object.freeze({ timeoutMs: Number.POSITIVE_INFINITY });

/** A value that every reader gives back as it was, for one element of the type. */
export function scalarOf(dataType: DataType): fc.Arbitrary<FeatureValue> {
  const { bits } = DATA_TYPES[dataType];
  if (dataType === 'BYTES') return fc.string({ unit: 'grapheme', maxLength: 12 });
  if (dataType === 'BOOL') return fc.boolean();
  if (dataType === 'FP64') return fc.double({ noNaN: true, noDefaultInfinity: true });
  if (dataType === 'FP32') return fc.float({ noNaN: true, noDefaultInfinity: true });
  if (dataType === 'FP16' || dataType === 'BF16') return fc.integer({ min: -128, max: 128 });
  if (dataType.startsWith('COMPLEX')) return fc.tuple(fc.integer(), fc.integer()).map(([a, b]) => [a % 1000, b % 1000]);
  if (dataType.startsWith('INT'))
    return fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n });
  return fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
}

export function valueOf({ dataType, container }: FeatureSpec): fc.Arbitrary<FeatureValue> {
  if (container === undefined) return scalarOf(dataType);
  const minLength = container.kind === 'vector' ? container.maxLength : 0;
  return fc.array(scalarOf(dataType) as fc.Arbitrary<number>, { minLength, maxLength: container.maxLength });
}

const dataType = fc.constantFrom(...(Object.keys(DATA_TYPES) as DataType[]));

const container = fc.option(
  fc.record({ kind: fc.constantFrom('list' as const, 'vector' as const), maxLength: fc.integer({ min: 1, max: 5 }) }),
  { nil: undefined },
);

export const anyView: fc.Arbitrary<FeatureViewSpec> = fc
  .array(fc.record({ dataType, container }), { minLength: 1, maxLength: 12 })
  .map((features) => ({
    name: 'view',
    entity: 'user',
    maxAgeMs: 0,
    features: features.map((feature, i) => ({ name: `f${i}`, ...feature })),
  }));

/** A view and some entities with a value or NULL for each feature. */
export const viewWithRows = anyView.chain((view) =>
  fc.record({
    view: fc.constant(view),
    rows: fc.array(fc.tuple(...view.features.map((feature) => fc.option(valueOf(feature), { freq: 4 }))), {
      minLength: 1,
      maxLength: 6,
    }),
  }),
);

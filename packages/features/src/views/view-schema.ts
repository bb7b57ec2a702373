import { DATA_TYPES, type DataType } from '@rangefinder/tensor';
import Type, { type Static, type TProperties } from 'typebox';

const NAME = '^[A-Za-z_][A-Za-z0-9_.-]*$';
const CONTAINER_MAX = 65_536;
const WINDOW_MAX_MS = 366 * 24 * 3_600_000;

function closed<P extends TProperties>(properties: P): ReturnType<typeof Type.Object<P>> {
  return Type.Object(properties, { additionalProperties: false });
}

const name = Type.String({
  pattern: NAME,
  maxLength: 128,
  title: 'a name of letters, digits, _, - and ., at most 128',
});

const dataType = Type.Enum(Object.keys(DATA_TYPES) as DataType[], {
  description: 'Element type, by its Open Inference Protocol or ONNX name.',
});

const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

const feature = closed({
  name,
  dataType,
  list: Type.Optional(
    Type.Integer({ minimum: 1, maximum: CONTAINER_MAX, description: 'Any number of values up to this; id sequences.' }),
  ),
  vector: Type.Optional(
    Type.Integer({ minimum: 1, maximum: CONTAINER_MAX, description: 'Exactly so many values; embeddings.' }),
  ),
  default: Type.Optional(
    Type.Union([scalar, Type.Array(scalar, { maxItems: CONTAINER_MAX })], {
      description: 'Stands where there is no value that counts, in place of zero.',
    }),
  ),
});

const features = Type.Array(feature, {
  minItems: 1,
  maxItems: 1_000,
  description: 'Append only: rows depend on the order.',
});

const entity = closed({
  name,
  joinKey: Type.Optional(name),
});

const view = closed({
  name,
  entity: name,
  maxAgeMs: Type.Integer({
    default: 0,
    minimum: 0,
    unit: 'ms',
    description: 'Values older than this at the time of the request are OUTSIDE_MAX_AGE. 0: no limit.',
  }),
  features,
});

const aggregate = closed({
  name,
  function: Type.Enum(['count', 'sum', 'mean', 'min', 'max', 'last', 'distinct']),
  field: Type.Optional(name),
  windowMs: Type.Integer({ minimum: 1, maximum: WINDOW_MAX_MS, unit: 'ms', description: 'How far back it looks.' }),
  size: Type.Integer({ default: 10, minimum: 1, maximum: 1_000, description: '`last`: how many values are kept.' }),
  dataType: Type.Optional(Type.Enum(['INT64', 'FP64', 'BYTES'])),
  default: Type.Optional(
    Type.Union([scalar, Type.Array(scalar, { maxItems: 1_000 })], {
      description: 'Stands where there is no value, in place of zero.',
    }),
  ),
});

const aggregateView = closed({
  name,
  entity: name,
  paneMs: Type.Integer({
    default: 60_000,
    minimum: 1,
    maximum: WINDOW_MAX_MS,
    unit: 'ms',
    description: 'Windows move by this much.',
  }),
  latenessMs: Type.Integer({
    default: 60_000,
    minimum: 0,
    maximum: WINDOW_MAX_MS,
    unit: 'ms',
    description: 'Events this much older than the newest of their entity still count.',
  }),
  keysMax: Type.Integer({ default: 100_000, minimum: 1, maximum: 10_000_000, description: 'Entities kept in memory.' }),
  features: Type.Array(aggregate, { minItems: 1, maxItems: 256 }),
});

/** `features.yaml`: what there is to store, to aggregate and to ask for. */
export const featuresSchema = closed({
  entities: Type.Array(entity, { default: [], maxItems: 256 }),
  views: Type.Array(view, { default: [], maxItems: 1_000 }),
  aggregates: Type.Array(aggregateView, { default: [], maxItems: 256 }),
});

export type WrittenFeatures = Static<typeof featuresSchema>;
export type WrittenView = WrittenFeatures['views'][number];
export type WrittenAggregateView = WrittenFeatures['aggregates'][number];

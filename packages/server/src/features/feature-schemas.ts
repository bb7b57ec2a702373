import { Type } from 'typebox';

/** JSON bodies of the Feast endpoints, for the OpenAPI document. */

const values = Type.Array(Type.Unknown());

export const OnlineFeaturesRequestBody = Type.Object(
  {
    features: Type.Optional(Type.Array(Type.String(), { description: '`view:feature`' })),
    feature_service: Type.Optional(Type.String({ description: 'A named list of features, in place of `features`' })),
    entities: Type.Record(Type.String(), values, {
      description: 'Ids by join key, and request data of transformations; lists of one length',
    }),
    full_feature_names: Type.Optional(Type.Boolean({ description: '`view__feature` in the answer' })),
  },
  { description: 'As Feast’s feature server takes it' },
);

export const OnlineFeaturesBody = Type.Object({
  metadata: Type.Object({ feature_names: Type.Array(Type.String()) }),
  results: Type.Array(
    Type.Object({
      values,
      statuses: Type.Array(Type.String({ description: 'PRESENT, NULL_VALUE, NOT_FOUND or OUTSIDE_MAX_AGE' })),
      event_timestamps: Type.Array(Type.String()),
    }),
    { description: 'One for each of feature_names' },
  ),
});

export const PushRequestBody = Type.Object({
  push_source_name: Type.String({ description: 'A push source, or a view' }),
  df: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Column → values; the join key, event_timestamp and features',
  }),
  to: Type.Optional(Type.Literal('online')),
});

export const PushResultBody = Type.Object({
  applied: Type.Integer({ description: 'Rows that changed something' }),
  late: Type.Integer({ description: 'Rows older than what the store has' }),
});

export const FeatureHealthBody = Type.Object({ status: Type.Literal('ok') });

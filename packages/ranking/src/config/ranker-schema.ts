import { Type } from 'typebox';
import { ITEMS_SCHEMA } from './items-schema.ts';

const NAME = '^[A-Za-z_][A-Za-z0-9_]*$';

const name = (description: string) => Type.String({ pattern: NAME, minLength: 1, maxLength: 128, description });
const text = (description: string) => Type.String({ minLength: 1, maxLength: 10_000, description });

/** A filter in JSON, as `@rangefinder/retrieval` reads it: what is wrong with one is found when it meets the attributes. */
export type WrittenFilter = Readonly<Record<string, unknown>>;
const filter = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description });
const closed = { additionalProperties: false } as const;

/** Input name of a model → where its values come from: one place, or several laid side by side. */
const inputs = Type.Record(
  Type.String(),
  Type.Union([text('A place'), Type.Array(text('A place'), { minItems: 1, maxItems: 4096 })]),
  {
    default: {},
    description:
      'Model input → view:feature, context.NAME, user.id, item.id, item.embedding.NAME, source.score or light.score; a list is laid side by side',
  },
);

const version = Type.String({ default: '', description: 'Version of the model; empty: its version policy decides' });

const userPart = Type.Object(
  {
    model: Type.Optional(text('Name of the served model; left out: that of the model with -user behind it')),
    version: Type.String({
      default: '',
      description: 'Version of the user part; empty: the newest of the same cut, or of the same number',
    }),
    inputs,
  },
  {
    ...closed,
    description: 'What `rangefinder split` made of the user’s side; found by itself where it has its usual name',
  },
);

const model = Type.Object(
  {
    name: name('How formulas and explanations call it'),
    model: text('Name of the served model'),
    version,
    inputs,
    user_part: Type.Optional(userPart),
    outputs: Type.Record(Type.String({ pattern: NAME }), text('TENSOR or TENSOR[COLUMN]'), {
      default: {},
      description: 'Name in formulas → output of the model; left out: its first output, by the name of the model',
    }),
  },
  closed,
);

const calibration = Type.Object(
  {
    of: name('Output of a heavy model, or score'),
    kind: Type.Union([Type.Literal('linear'), Type.Literal('platt'), Type.Literal('isotonic')]),
    a: Type.Optional(Type.Number({ description: 'linear: a·x + b; platt: 1 / (1 + exp(a·x + b))' })),
    b: Type.Optional(Type.Number()),
    x: Type.Optional(Type.Array(Type.Number(), { minItems: 1, maxItems: 100_000, description: 'isotonic: ascending' })),
    y: Type.Optional(
      Type.Array(Type.Number(), { minItems: 1, maxItems: 100_000, description: 'isotonic: never descending' }),
    ),
  },
  closed,
);

const source = Type.Object(
  {
    name: name('How explanations call it'),
    kind: text('ann, popular, recent, attribute, supplied, or what else the server has'),
    quota: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      description: 'Candidates it may give, more where others leave room',
    }),
    query: Type.Optional(
      Type.Object(
        {
          feature: Type.Optional(text('The user feature that is the query vector')),
          model: Type.Optional(text('A served model that makes the query vector from features of the user')),
          version: Type.Optional(Type.String()),
          inputs: Type.Optional(inputs),
          output: Type.Optional(text('Output of that model; left out: its first')),
        },
        closed,
      ),
    ),
    values: Type.Optional(text('context.NAME or view:feature whose values the source looks up')),
    parameters: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      default: {},
      description: 'What this kind of source wants to know',
    }),
  },
  closed,
);

const rule = Type.Object(
  {
    name: name('How explanations call it'),
    where: filter('Filter over item attributes'),
    boost: Type.Optional(Type.Number({ description: 'Added to the score' })),
    multiply: Type.Optional(
      Type.Number({ minimum: 0, description: 'The score is multiplied by it; below 1 demotes a positive score' }),
    ),
    block: Type.Optional(Type.Boolean({ description: 'Never show them' })),
    pin: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000, description: 'The best of them goes to this position' }),
    ),
  },
  closed,
);

const share = (value: number, stage: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 1, default: value, description: `Share of the deadline for ${stage}` });

/** `ranker.yaml`. The TypeScript form is the same object. */
export const RANKER_SCHEMA = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*$',
      minLength: 1,
      maxLength: 256,
      description: 'In the URL',
    }),
    user_entity: Type.String({ minLength: 1, default: 'user', description: 'Entity of the user’s features' }),
    item_entity: Type.String({ minLength: 1, default: 'item', description: 'Entity of the items’ features' }),
    deadline_ms: Type.Number({
      exclusiveMinimum: 0,
      maximum: 600_000,
      default: 200,
      unit: 'ms',
      description: 'Where the request has none',
    }),
    candidates_max: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 2_000,
      description: 'Candidates that enter the funnel',
    }),
    items: Type.Optional(ITEMS_SCHEMA),
    sources: Type.Array(source, { default: [], maxItems: 32, description: 'Where candidates come from' }),
    filters: Type.Object(
      {
        where: Type.Array(filter('Filter over item attributes'), {
          default: [],
          maxItems: 64,
          description: 'All must hold',
        }),
        exclude_seen: Type.Optional(text('User feature with a list of item ids that must not be shown again')),
      },
      closed,
    ),
    features: Type.Object(
      {
        defaults: Type.Boolean({
          default: true,
          description: 'Whether to rank on with default values when features cannot be read',
        }),
        last_known: Type.Integer({
          minimum: 0,
          maximum: 10_000_000,
          default: 20_000,
          description: 'Items whose last features are kept for when the store fails',
        }),
      },
      closed,
    ),
    light: Type.Optional(
      Type.Object(
        {
          model: Type.Optional(model),
          score: Type.Optional(text('Formula; left out: the output of the model')),
          keep: Type.Integer({
            minimum: 1,
            maximum: 100_000,
            description: 'Candidates that go on to the heavy ranker',
          }),
        },
        closed,
      ),
    ),
    heavy: Type.Optional(
      Type.Object(
        {
          models: Type.Array(model, { default: [], maxItems: 16 }),
          score: Type.Optional(
            text('Formula over outputs, features, context and light.score; left out: the output of the first model'),
          ),
          chunk: Type.Integer({
            minimum: 1,
            maximum: 100_000,
            default: 256,
            unit: 'rows',
            description: 'Rows of one inference request',
          }),
          chunks_in_flight: Type.Integer({
            minimum: 1,
            maximum: 64,
            default: 4,
            description: 'Inference requests of one model at one time',
          }),
        },
        closed,
      ),
    ),
    calibration: Type.Array(calibration, { default: [], maxItems: 32 }),
    rerank: Type.Object(
      {
        rules: Type.Array(rule, { default: [], maxItems: 64 }),
        max_per_value: Type.Array(
          Type.Object(
            {
              attribute: text('Item attribute'),
              max: Type.Integer({ minimum: 1, maximum: 10_000 }),
              window: Type.Optional(
                Type.Integer({
                  minimum: 1,
                  maximum: 10_000,
                  description: 'Of so many positions in a row; left out: the page size',
                }),
              ),
            },
            closed,
          ),
          { default: [], maxItems: 16 },
        ),
        mmr: Type.Optional(
          Type.Object(
            {
              embedding: text('Name of the items’ embeddings'),
              lambda: Type.Number({ minimum: 0, maximum: 1, default: 0.7 }),
              window: Type.Integer({
                minimum: 1,
                maximum: 10_000,
                default: 200,
                description: 'Best candidates to choose among',
              }),
            },
            closed,
          ),
        ),
        depth: Type.Integer({
          minimum: 1,
          maximum: 10_000,
          default: 200,
          description: 'Positions that are re-ranked and that a cursor reaches',
        }),
      },
      closed,
    ),
    page: Type.Object(
      {
        size: Type.Integer({ minimum: 1, maximum: 10_000, default: 20 }),
        size_max: Type.Integer({ minimum: 1, maximum: 10_000, default: 500 }),
        cursors: Type.Integer({
          minimum: 0,
          maximum: 1_000_000,
          default: 1_000,
          description: 'Requests whose order is remembered',
        }),
      },
      closed,
    ),
    budgets: Type.Object(
      {
        user: share(0.15, 'features and queries of the user'),
        sources: share(0.25, 'candidate sources'),
        features: share(0.2, 'features of items'),
        light: share(0.1, 'the light ranker'),
        heavy: share(0.25, 'the heavy ranker'),
        rerank: share(0.05, 're-ranking'),
      },
      closed,
    ),
    degrade: Type.Array(
      Type.Union([
        Type.Literal('fewer_candidates'),
        Type.Literal('light_only'),
        Type.Literal('stale_features'),
        Type.Literal('cached_page'),
        Type.Literal('popularity'),
      ]),
      {
        default: ['fewer_candidates', 'light_only', 'stale_features', 'cached_page', 'popularity'],
        uniqueItems: true,
        description: 'What may be done before a request is refused',
      },
    ),
    cached_pages: Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: 10_000,
      description: 'Users whose last order is kept',
    }),
  },
  closed,
);

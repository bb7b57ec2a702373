import { Type } from 'typebox';

/** JSON bodies of `/v1/rankers`, for the OpenAPI document and for checking what callers send. */

const free = Type.Record(Type.String(), Type.Unknown());
const ids = Type.Array(Type.String());
const nullable = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });

export const RankRequestBody = Type.Object(
  {
    user: Type.String({ description: 'Id of the user entity' }),
    request_id: Type.Optional(
      Type.String({ description: 'Names the request; left out: the X-Request-Id. Cursors need one.' }),
    ),
    context: Type.Optional({ ...free, description: 'Numbers, true or false, strings or lists of numbers, by name' }),
    candidates: Type.Optional({ ...ids, description: 'Items to rank in place of the declared sources' }),
    exclude: Type.Optional({ ...ids, description: 'Items that must not be shown' }),
    filter: Type.Optional({ ...free, description: 'Filter over item attributes: {"eq": {"language": "en"}}' }),
    page: Type.Optional(
      Type.Object(
        {
          size: Type.Optional(Type.Integer({ minimum: 1 })),
          offset: Type.Optional(Type.Integer({ minimum: 0 })),
          cursor: Type.Optional(Type.String({ description: 'From an earlier answer; the order stays the same' })),
        },
        { additionalProperties: false },
      ),
    ),
    explain: Type.Optional(Type.Boolean({ description: 'Whether to say why the items are where they are' })),
    deadline_ms: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'As the header Rangefinder-Timeout-Ms' }),
    ),
    rerank: Type.Optional(
      Type.Object(
        {
          mmr_lambda: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
          max_per_value: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 1 }))),
        },
        { additionalProperties: false, description: 'In place of what the ranker declares' },
      ),
    ),
  },
  { additionalProperties: false },
);

const item = Type.Object({
  id: Type.String(),
  score: nullable('null: no finite score could be had; such items come last'),
  scored_by: Type.String({ description: 'heavy, light, source or fallback' }),
  explanation: Type.Optional(free),
});

export const RankResponseBody = Type.Object({
  ranker: Type.String(),
  request_id: Type.String(),
  user: Type.String(),
  items: Type.Array(item),
  page: Type.Object({
    size: Type.Integer(),
    offset: Type.Integer(),
    available: Type.Integer(),
    cursor: Type.Optional(Type.String()),
  }),
  degradations: Type.Array(Type.Object({ kind: Type.String(), stage: Type.String(), reason: Type.String() }), {
    description: 'What made this less than the best answer; empty when nothing did',
  }),
  counts: Type.Object({
    candidates: Type.Integer(),
    duplicates: Type.Integer(),
    user_found: Type.Boolean(),
    unknown_items: Type.Integer(),
    non_finite_scores: Type.Integer(),
  }),
  explanation: Type.Optional(free),
});

export const RankerListBody = Type.Object({ rankers: Type.Array(Type.String()) });

export const RankerBody = Type.Object(
  { name: Type.String() },
  { additionalProperties: true, description: 'The compiled ranker.yaml, every default filled in' },
);

import { Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const NAME = '^[A-Za-z_][A-Za-z0-9_]*$';

const column = (description: string) => Type.String({ minLength: 1, maxLength: 256, description });
/** Below the folder of the ranker; whoever reads the file sees to it that it is. */
const file = (description: string) => Type.String({ minLength: 1, maxLength: 1024, description });

const attributeType = Type.Union([
  Type.Literal('keyword'),
  Type.Literal('keyword_list'),
  Type.Literal('int'),
  Type.Literal('float'),
  Type.Literal('bool'),
  Type.Literal('timestamp'),
]);

const embedding = Type.Object(
  {
    file: Type.Optional(file('.npy file of items × dimensions, in the order of the items')),
    column: Type.Optional(column('Column with a list of numbers')),
    dimensions: Type.Integer({ minimum: 1, maximum: 16_384 }),
    metric: Type.Union([Type.Literal('cosine'), Type.Literal('inner_product'), Type.Literal('l2')], {
      default: 'cosine',
    }),
    index: Type.Union(
      [
        Type.Literal('auto'),
        Type.Literal('exact'),
        Type.Literal('embedded'),
        Type.Literal('pgvector'),
        Type.Literal('redis'),
      ],
      {
        default: 'auto',
        description:
          'exact compares with every item; embedded walks a graph; auto: exact for a few thousand items;' +
          ' pgvector and redis: in the server that `server` names',
      },
    ),
    server: Type.Optional(
      Type.Object(
        {
          url_env: Type.String({
            pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
            maxLength: 256,
            description: 'Environment variable with the URL, so that no password is in this file',
          }),
          name: Type.Optional(
            Type.String({
              pattern: '^[a-z_][a-z0-9_]*$',
              maxLength: 40,
              description: 'Table of Postgres, or index of Redis, before a hash of the vectors; rangefinder_EMBEDDING',
            }),
          ),
        },
        closed,
      ),
    ),
    storage: Type.Union([Type.Literal('float32'), Type.Literal('float16'), Type.Literal('int8')], {
      default: 'float32',
      description: 'How an embedded index keeps its vectors',
    }),
    links_max: Type.Integer({ minimum: 8, maximum: 128, default: 40, description: 'Links of an item; even' }),
    build_effort: Type.Integer({ minimum: 16, maximum: 4096, default: 200 }),
    search_effort: Type.Integer({ minimum: 16, maximum: 4096, default: 160 }),
  },
  closed,
);

/** `items` of `ranker.yaml`: what a ranker that is a folder reads its catalogue and its vectors from. */
export const ITEMS_SCHEMA = Type.Object(
  {
    file: Type.Optional(file('Items, one a row; left out: ranker.ts brings them')),
    format: Type.Optional(
      Type.Union([Type.Literal('jsonl'), Type.Literal('csv'), Type.Literal('parquet')], {
        description: 'Left out: by the ending of the file',
      }),
    ),
    id: Type.String({ minLength: 1, maxLength: 256, default: 'id', description: 'Column with the ids' }),
    attributes: Type.Record(Type.String({ pattern: NAME }), attributeType, {
      default: {},
      maxProperties: 256,
      description: 'Column → keyword, keyword_list, int, float, bool or timestamp',
    }),
    popular: Type.Optional(
      Type.Object(
        {
          column: Type.Optional(column('Number to order by, the highest first; rows without it are left out')),
          file: Type.Optional(file('Item ids, one a line, the most popular first')),
        },
        closed,
      ),
    ),
    embeddings: Type.Record(Type.String({ pattern: NAME }), embedding, { default: {}, maxProperties: 16 }),
    limits: Type.Object(
      {
        items: Type.Integer({ minimum: 1, maximum: 16_777_216, default: 4_000_000 }),
        bytes: Type.Integer({
          minimum: 1,
          default: 8 * 2 ** 30,
          unit: 'bytes',
          description: 'Memory for ids, attributes, vectors and indexes together, as reckoned from the rows',
        }),
      },
      closed,
    ),
  },
  closed,
);

import Type from 'typebox';

/** A configuration with one of everything, for the tests of this folder. */
export const sampleSchema = Type.Object(
  {
    http: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1', minLength: 1 }),
        port: Type.Integer({ minimum: 0, maximum: 65_535, default: 8000, description: 'Port of the HTTP front end.' }),
        receiveTimeoutMs: Type.Number({ exclusiveMinimum: 0, default: 60_000, unit: 'ms' }),
        compression: Type.Boolean({ default: true }),
      },
      { additionalProperties: false },
    ),
    control: Type.Enum(['none', 'poll', 'explicit'], { default: 'none', flag: 'model-control-mode' }),
    repositories: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 4, uniqueItems: true }),
    budgets: Type.Record(Type.String({ pattern: '^[a-z]+$' }), Type.Integer({ minimum: 1 }), { default: {} }),
    threads: Type.Union([Type.Literal('auto'), Type.Integer({ minimum: 1 })], { default: 'auto' }),
    token: Type.Optional(Type.String({ minLength: 8, secret: true })),
    tls: Type.Optional(
      Type.Object(
        {
          certificate: Type.String(),
          key: Type.String({ secret: true }),
          minVersion: Type.String({ default: 'TLSv1.3' }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

import fc from 'fast-check';
import { CONFIG_DATA_TYPES } from '@rangefinder/repository';

const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((text) => text.isWellFormed());
const dims = fc.array(fc.integer({ min: -1, max: 1000 }), { maxLength: 5 });
const dataType = fc.constantFrom(...CONFIG_DATA_TYPES);
const optional = { requiredKeys: [] };
const queuePolicy = fc.record(
  {
    timeout_action: fc.constantFrom('REJECT', 'DELAY'),
    default_timeout_microseconds: fc.nat(),
    allow_timeout_override: fc.boolean(),
    max_queue_size: fc.nat(),
  },
  optional,
);

/** Configurations that fit the schema, with any subset of fields; whether they make sense together is not asked. */
export const writtenConfig = fc.record(
  {
    name,
    platform: name,
    backend: name,
    max_batch_size: fc.nat(65_536),
    input: fc.array(
      fc.record(
        {
          name,
          data_type: dataType,
          dims,
          optional: fc.boolean(),
          padding: fc.record({ buckets: fc.array(fc.nat().map((n) => n + 1)), value: fc.integer() }, optional),
        },
        optional,
      ),
      { minLength: 1, maxLength: 3 },
    ),
    output: fc.array(fc.record({ name, data_type: dataType, dims, label_filename: name }, optional), {
      minLength: 1,
      maxLength: 3,
    }),
    version_policy: fc.oneof(
      fc.record({ latest: fc.record({ num_versions: fc.integer({ min: 1, max: 9 }) }) }),
      fc.constant({ all: {} }),
      fc.record({ specific: fc.record({ versions: fc.uniqueArray(fc.integer({ min: 1 }), { minLength: 1 }) }) }),
    ),
    instance_group: fc.array(
      fc.record(
        { name, kind: fc.constantFrom('KIND_CPU', 'KIND_GPU'), count: fc.nat(9), gpus: fc.uniqueArray(fc.nat(9)) },
        optional,
      ),
      { minLength: 1, maxLength: 3 },
    ),
    dynamic_batching: fc.record(
      {
        preferred_batch_size: fc.array(fc.integer({ min: 1, max: 99 })),
        max_queue_delay_microseconds: fc.nat(),
        preserve_ordering: fc.boolean(),
        default_queue_policy: queuePolicy,
        priority_queue_policy: fc.dictionary(fc.integer({ min: 1, max: 9 }).map(String), queuePolicy),
      },
      optional,
    ),
    model_warmup: fc.array(
      fc.record(
        {
          name,
          batch_size: fc.integer({ min: 1, max: 9 }),
          inputs: fc.dictionary(name, fc.record({ data_type: dataType, zero_data: fc.boolean() }, optional)),
        },
        optional,
      ),
      { minLength: 1, maxLength: 2 },
    ),
    response_cache: fc.record({ enable: fc.boolean() }, optional),
    parameters: fc.dictionary(name, fc.record({ string_value: name }, optional)),
  },
  optional,
);

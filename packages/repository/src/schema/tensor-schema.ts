import Type from 'typebox';
import { CONFIG_DATA_TYPES } from '../config-data-type.ts';
import { closed, NAME_CHARACTERS_MAX, TENSOR_RANK_MAX } from './schema-parts.ts';

const name = Type.String({
  minLength: 1,
  maxLength: NAME_CHARACTERS_MAX,
  description: 'Name of the tensor in the model.',
});

const dataType = Type.Unsafe<string>(
  Type.Enum([...CONFIG_DATA_TYPES], {
    title: 'a data type (TYPE_FP32, TYPE_INT64, TYPE_STRING, …)',
    description: 'Element type; completed from the model when left out.',
  }),
);

const dims = Type.Array(Type.Integer({ minimum: -1 }), {
  maxItems: TENSOR_RANK_MAX,
  description:
    'Sizes without the batch dimension (with it when `max_batch_size` is 0); -1 is any. Completed from the model when left out.',
});

const padding = closed(
  {
    buckets: Type.Array(Type.Integer({ minimum: 1 }), {
      default: [],
      maxItems: 1024,
      description: 'Sizes to pad to, ascending. Empty: the largest in the batch.',
    }),
    value: Type.Number({ default: 0, description: 'The element written where there is no data.' }),
  },
  { description: 'How a ragged input is padded. A Rangefinder extension.' },
);

export const modelInputSchema = closed({
  name,
  data_type: dataType,
  dims,
  optional: Type.Boolean({
    default: false,
    description: 'Requests may leave the input out; only where the model has a default for it.',
  }),
  allow_ragged_batch: Type.Boolean({
    default: false,
    description: 'Requests whose sizes differ in the -1 dimensions may share a batch, padded to the largest.',
  }),
  padding: Type.Optional(padding),
  label_filename: Type.Optional(
    Type.String({ description: 'A file beside the configuration that names the values of this input.' }),
  ),
});

const unpad = closed(
  {
    dim: Type.Integer({ minimum: 0, description: 'Index into `dims` of the dimension that shrinks back.' }),
    input: Type.String({ minLength: 1, description: 'The ragged input whose own size it takes.' }),
  },
  { description: 'Cuts a padded output back to the size of the request. A Rangefinder extension.' },
);

export const modelOutputSchema = closed({
  name,
  data_type: dataType,
  dims,
  label_filename: Type.String({
    default: '',
    description: 'Class names, a line each, in a file beside the configuration.',
  }),
  unpad: Type.Optional(unpad),
});

const warmupInput = closed({
  data_type: dataType,
  dims: Type.Array(Type.Integer({ minimum: 0 }), {
    maxItems: TENSOR_RANK_MAX,
    description: 'Sizes without the batch dimension, all of them known. Completed from the input where its sizes are.',
  }),
  zero_data: Type.Optional(Type.Boolean({ description: 'Zeros, or empty strings.' })),
  random_data: Type.Optional(Type.Boolean({ description: 'Random numbers; for strings the same as `zero_data`.' })),
  input_data_file: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'A file in `warmup/` with the raw bytes of one row, strings with their lengths.',
    }),
  ),
});

const warmup = {
  name: Type.String({ default: '', maxLength: NAME_CHARACTERS_MAX, description: 'For messages.' }),
  batch_size: Type.Integer({ default: 1, minimum: 1, description: 'Rows; the inputs are repeated for each.' }),
  count: Type.Integer({ default: 1, minimum: 0, maximum: 10_000, description: 'Runs of this sample; 0 means 1.' }),
  inputs: Type.Record(Type.String(), warmupInput, {
    default: {},
    maxProperties: 1024,
    description: 'By name of input. Those left out are zeros.',
  }),
};

export const modelWarmupSchema = closed(warmup);

/** As people write it, with what only completion reads. */
export const writtenWarmupSchema = closed({
  ...warmup,
  fill: Type.Optional(
    Type.Enum(['zero', 'random'], {
      description: 'What inputs that are not listed are filled with. A Rangefinder extension.',
    }),
  ),
});

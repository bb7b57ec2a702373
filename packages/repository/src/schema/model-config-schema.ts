import Type from 'typebox';
import { dynamicBatchingSchema, instanceGroupSchema, versionPolicySchema } from './scheduling-schema.ts';
import { closed, NAME_CHARACTERS_MAX } from './schema-parts.ts';
import { modelInputSchema, modelOutputSchema, modelWarmupSchema, writtenWarmupSchema } from './tensor-schema.ts';

const accelerator = closed({
  name: Type.String({ minLength: 1, description: 'Execution provider: `tensorrt`, `cuda`, `openvino`, …' }),
  parameters: Type.Record(Type.String(), Type.String(), { default: {}, description: 'Its options.' }),
});

const optimization = closed(
  {
    graph: closed(
      {
        level: Type.Integer({
          default: 0,
          minimum: -1,
          maximum: 2,
          description:
            '0: all optimisations; 1: basic and extended ones; -1: basic ones only; 2: none. The numbers are those of Triton.',
        }),
      },
      { description: 'Optimisation of the graph before it runs.' },
    ),
    execution_accelerators: Type.Optional(
      closed(
        {
          gpu_execution_accelerator: Type.Optional(
            Type.Array(accelerator, { maxItems: 16, description: 'In order of preference, on a GPU.' }),
          ),
          cpu_execution_accelerator: Type.Optional(
            Type.Array(accelerator, { maxItems: 16, description: 'In order of preference, on the CPU.' }),
          ),
        },
        { description: 'Execution providers.' },
      ),
    ),
  },
  { description: 'How the engine optimises the model.' },
);

const fields = {
  name: Type.String({ maxLength: NAME_CHARACTERS_MAX, description: 'The name of the folder; may be left out.' }),
  platform: Type.String({ description: '`onnxruntime_onnx` or `builtin`; another way to name the backend.' }),
  backend: Type.String({
    description: '`onnx` (`onnxruntime` is the same) or `builtin`; completed from the model file.',
  }),
  max_batch_size: Type.Integer({
    minimum: 0,
    maximum: 65_536,
    unit: 'rows',
    description:
      'Largest batch. 0: the model has no batch dimension and requests run one by one. Completed from the model.',
  }),
  input: Type.Array(modelInputSchema, {
    maxItems: 1024,
    description: 'Inputs. Those left out are completed from the model.',
  }),
  output: Type.Array(modelOutputSchema, {
    maxItems: 1024,
    description: 'Outputs that are served, in this order. Left out: all of the model.',
  }),
  default_model_filename: Type.String({
    description: 'The file in the version folder: `model.onnx`, or `model.json` for `builtin`.',
  }),
  version_policy: versionPolicySchema,
  instance_group: Type.Array(instanceGroupSchema, {
    maxItems: 64,
    description: 'How many runs there may be at one time, and where.',
  }),
  dynamic_batching: Type.Optional(dynamicBatchingSchema),
  model_warmup: Type.Array(modelWarmupSchema, {
    default: [],
    maxItems: 256,
    description: 'Runs before the model is ready.',
  }),
  optimization,
  response_cache: closed(
    { enable: Type.Boolean({ default: false, description: 'Answer equal requests from the cache.' }) },
    { description: 'Caching of answers.' },
  ),
  model_transaction_policy: closed(
    {
      decoupled: Type.Boolean({
        default: false,
        description: 'Any number of responses to a request; not supported by this version.',
      }),
    },
    { description: 'How responses relate to requests.' },
  ),
  parameters: Type.Record(
    Type.String(),
    closed({
      string_value: Type.String({ default: '', description: 'Its value; engines read numbers and words from it.' }),
    }),
    {
      default: {},
      maxProperties: 1024,
      description: 'Options of the engine.',
    },
  ),
};

/** A complete configuration; `ModelConfig` is its static type. */
export const modelConfigSchema = closed(fields);

/** A configuration as people write it: nothing is required, and completion fills in the rest. */
export const writtenConfigSchema = closed({
  ...fields,
  dynamic_batching: Type.Union([Type.Literal(false), dynamicBatchingSchema], {
    description:
      'Requests that arrive together run together. Completed together with `max_batch_size`; `false` switches it off.',
  }),
  model_warmup: Type.Array(writtenWarmupSchema, { maxItems: 256, description: 'Runs before the model is ready.' }),
});

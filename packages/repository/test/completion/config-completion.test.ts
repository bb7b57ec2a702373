import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { findProblems, schemaNode } from '@rangefinder/base';
import { hasBatchDimension, modelConfigSchema, type ModelConfig, type ModelSignature } from '@rangefinder/repository';
import { signatureOf, statefulModel, tensor, textClassifier } from '../model-signatures.ts';
import { temporaryRepository } from '../temporary-repository.ts';

async function complete(
  t: TestContext,
  signature: ModelSignature,
  config = '',
  file = 'model.yaml',
): Promise<ModelConfig> {
  const files: Record<string, string> =
    config === '' ? { 'm/1/model.onnx': '' } : { 'm/1/model.onnx': '', [`m/${file}`]: config };
  const { repository } = await temporaryRepository(t, files);
  const completed = (await repository.read('m')).complete(signature);
  assert.deepEqual(findProblems(schemaNode(modelConfigSchema), completed), []);
  assert.ok(Object.isFrozen(completed) && Object.isFrozen(completed.input));
  return completed;
}

test("a client's own timeout counts unless a policy is written that does not allow it", async (t) => {
  const policy = async (written: string): Promise<unknown> => {
    const config = await complete(t, textClassifier, written, 'config.pbtxt');
    return config.dynamic_batching?.default_queue_policy.allow_timeout_override;
  };
  assert.equal(await policy('dynamic_batching {}'), true);
  assert.equal(await policy('dynamic_batching { default_queue_policy { max_queue_size: 8 } }'), false);
});

test('a batched model without configuration is completed and batched', async (t) => {
  assert.deepEqual(await complete(t, textClassifier), {
    name: 'm',
    platform: 'onnxruntime_onnx',
    backend: 'onnx',
    max_batch_size: 64,
    input: [
      { name: 'ids', data_type: 'TYPE_INT64', dims: [-1], optional: false, allow_ragged_batch: false },
      { name: 'scale', data_type: 'TYPE_FP32', dims: [1], optional: true, allow_ragged_batch: false },
    ],
    output: [
      { name: 'logits', data_type: 'TYPE_FP32', dims: [3], label_filename: '' },
      { name: 'states', data_type: 'TYPE_FP32', dims: [-1, 8], label_filename: '' },
    ],
    default_model_filename: 'model.onnx',
    version_policy: { latest: { num_versions: 1 } },
    instance_group: [{ name: 'm_0', kind: 'KIND_AUTO', count: 0, gpus: [] }],
    dynamic_batching: {
      preferred_batch_size: [],
      max_queue_delay_microseconds: 0,
      preserve_ordering: false,
      priority_levels: 0,
      default_priority_level: 0,
      default_queue_policy: {
        timeout_action: 'REJECT',
        default_timeout_microseconds: 0,
        allow_timeout_override: true,
        max_queue_size: 0,
      },
      priority_queue_policy: {},
    },
    model_warmup: [],
    optimization: { graph: { level: 0 } },
    response_cache: { enable: false },
    model_transaction_policy: { decoupled: false },
    parameters: {},
  });
});

test('a model with fixed first dimensions and scalars is not batched', async (t) => {
  const config = await complete(t, statefulModel);
  assert.equal(config.max_batch_size, 0);
  assert.equal(config.dynamic_batching, undefined);
  assert.deepEqual(config.input.map(({ dims }) => dims), [[1, 512], [2, 1, 128], []]);
}); // prettier-ignore

test('max_batch_size: 0 keeps a model that looks batched from being batched', async (t) => {
  const config = await complete(t, textClassifier, 'max_batch_size: 0');
  assert.equal(config.dynamic_batching, undefined);
  assert.deepEqual(config.input[0]!.dims, [-1, -1]);
});

test('a written max_batch_size switches nothing else on', async (t) => {
  const config = await complete(t, textClassifier, 'max_batch_size: 8');
  assert.equal(config.max_batch_size, 8);
  assert.equal(config.dynamic_batching, undefined);
});

test('dynamic_batching: false leaves the completed batch limit', async (t) => {
  const config = await complete(t, textClassifier, 'dynamic_batching: false');
  assert.equal(config.max_batch_size, 64);
  assert.equal(config.dynamic_batching, undefined);
});

test('what is written of batching is kept and filled up', async (t) => {
  const config = await complete(
    t,
    textClassifier,
    'dynamic_batching: {max_queue_delay: 2ms, preferred_batch_size: [4, 8]}',
  );
  assert.equal(config.dynamic_batching!.max_queue_delay_microseconds, 2000);
  assert.deepEqual(config.dynamic_batching!.preferred_batch_size, [4, 8]);
  assert.equal(config.dynamic_batching!.default_queue_policy.timeout_action, 'REJECT');
});

test('queue policies of a model that is not batched are kept', async (t) => {
  const config = await complete(t, statefulModel, 'dynamic_batching: {default_queue_policy: {max_queue_size: 5}}');
  assert.equal(config.max_batch_size, 0);
  assert.equal(config.dynamic_batching!.default_queue_policy.max_queue_size, 5);
});

test('declared tensors come first, a free dimension may be narrowed, undeclared outputs are not served', async (t) => {
  const config = await complete(t, textClassifier, 'inputs: [{name: scale}]\noutputs: [{name: states, dims: [16, 8]}]');
  assert.deepEqual(config.input.map(({ name }) => name), ['scale', 'ids']);
  assert.deepEqual(config.output, [{ name: 'states', data_type: 'TYPE_FP32', dims: [16, 8], label_filename: '' }]);
}); // prettier-ignore

test('an output whose rank the model does not say has to be declared', async (t) => {
  const vague = signatureOf([tensor('x', ['n', 2])], [tensor('y', undefined)]);
  await assert.rejects(
    complete(t, vague),
    /output\[0\]\.dims: required for "y": the model does not say how many dimensions it has/,
  );
  const config = await complete(t, vague, 'outputs: {name: y, dims: [-1, 7]}');
  assert.deepEqual(config.output[0]!.dims, [-1, 7]);
});

test('warm-up samples cover every input that is not optional', async (t) => {
  const zero = await complete(t, textClassifier, 'warmup: zero');
  assert.deepEqual(zero.model_warmup, [
    { name: 'zero', batch_size: 1, count: 1, inputs: { ids: { data_type: 'TYPE_INT64', dims: [1], zero_data: true } } },
  ]);
  const random = await complete(
    t,
    textClassifier,
    'warmup: {fill: random, batch_size: 4, inputs: {ids: {dims: 16}, scale: {zero_data: true}}}',
  );
  assert.deepEqual(random.model_warmup, [
    {
      name: 'warmup_0',
      batch_size: 4,
      count: 1,
      inputs: {
        ids: { data_type: 'TYPE_INT64', dims: [16], zero_data: true },
        scale: { data_type: 'TYPE_FP32', dims: [1], zero_data: true },
      },
    },
  ]);
});

test('padding and unpadding are filled up', async (t) => {
  const config = await complete(
    t,
    textClassifier,
    'inputs: {name: ids, allow_ragged_batch: true, padding: {buckets: [16, 32]}}\noutputs: {name: states, unpad: {dim: 0, input: ids}}',
  );
  assert.deepEqual(config.input[0]!.padding, { buckets: [16, 32], value: 0 });
  assert.deepEqual(config.output[0]!.unpad, { dim: 0, input: 'ids' });
});

test('a batch limit of 1 fits a first dimension of 1', async (t) => {
  const single = signatureOf([tensor('x', [1, 3])], [tensor('y', [1, 2])]);
  assert.deepEqual((await complete(t, single, 'max_batch_size: 1', 'config.pbtxt')).input[0]!.dims, [3]);
});

const batchDimensions: readonly [string, boolean, ModelSignature][] = [
  ['one name everywhere', true, signatureOf([tensor('x', ['N', 3])], [tensor('y', ['N'])])],
  ['-1 everywhere', true, signatureOf([tensor('x', [-1, 3])], [tensor('y', [-1, -1])])],
  ['names that differ', false, signatureOf([tensor('x', ['N', 3])], [tensor('y', ['M', 3])])],
  ['a name and -1', false, signatureOf([tensor('x', ['N', 3])], [tensor('y', [-1, 3])])],
  ['a fixed output', false, signatureOf([tensor('x', ['N', 3])], [tensor('y', [1])])],
  ['a scalar input', false, signatureOf([tensor('x', ['N', 3]), tensor('s', [])], [tensor('y', ['N'])])],
  ['an output without rank', false, signatureOf([tensor('x', ['N', 3])], [tensor('y', undefined)])],
  ['no inputs', false, signatureOf([], [tensor('y', ['N'])])],
  ['rows against rows', false, signatureOf([tensor('x', ['N', 3])], [tensor('distances', ['N', 'N'])])],
  [
    'elements of one sequence',
    false,
    signatureOf([tensor('x', ['sequence_length'])], [tensor('y', ['sequence_length', 5])]),
  ],
  ['batch_sequence', true, signatureOf([tensor('x', ['batch_sequence'])], [tensor('y', ['batch_sequence', 5])])],
];

for (const [name, expected, signature] of batchDimensions) {
  test(`${name}: ${expected ? 'a' : 'no'} batch dimension`, () => assert.equal(hasBatchDimension(signature), expected));
}

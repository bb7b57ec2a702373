import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJsonConfig } from '@rangefinder/repository';

test('protobuf writes 64-bit integers as strings and names in camel case', () => {
  const text =
    '{"maxBatchSize":"8","dynamicBatching":{"maxQueueDelayMicroseconds":"100"},"input":[{"dims":["3",-1]}],"parameters":{"camelKey":{"stringValue":"v"}}}';
  const { config, problems } = readJsonConfig('parameters.config', text);
  assert.deepEqual(problems, []);
  assert.deepEqual(config.value, {
    max_batch_size: 8,
    dynamic_batching: { max_queue_delay_microseconds: 100 },
    input: [{ dims: [3, -1] }],
    parameters: { camelKey: { string_value: 'v' } },
  });
});

test('what Triton itself answers to GET config is accepted', () => {
  const text = JSON.stringify({
    name: 'm', platform: 'onnxruntime_onnx', backend: 'onnxruntime', runtime: '', version_policy: { latest: { num_versions: 1 } }, max_batch_size: 4,
    input: [{ name: 'x', data_type: 'TYPE_FP32', format: 'FORMAT_NONE', dims: [3], is_shape_tensor: false, allow_ragged_batch: false, optional: false, is_non_linear_format_io: false }],
    output: [{ name: 'y', data_type: 'TYPE_FP32', dims: [2], label_filename: '', is_shape_tensor: false, is_non_linear_format_io: false }],
    batch_input: [], batch_output: [],
    optimization: { priority: 'PRIORITY_DEFAULT', input_pinned_memory: { enable: true }, output_pinned_memory: { enable: true }, gather_kernel_buffer_threshold: 0, eager_batching: false },
    dynamic_batching: { preferred_batch_size: [4], max_queue_delay_microseconds: 0, preserve_ordering: false, priority_levels: 0, default_priority_level: 0, priority_queue_policy: {} },
    instance_group: [{ name: 'm', kind: 'KIND_CPU', count: 1, gpus: [], secondary_devices: [], profile: [], passive: false, host_policy: '' }],
    default_model_filename: 'model.onnx', cc_model_filenames: {}, metric_tags: {}, parameters: {}, model_warmup: [], model_transaction_policy: { decoupled: false },
  }); // prettier-ignore
  const { problems, config } = readJsonConfig('parameters.config', text);
  assert.deepEqual(problems, []);
  assert.deepEqual(config.warnings, [
    'parameters.config: optimization.input_pinned_memory: ignored: the engine manages its own buffers',
    'parameters.config: optimization.output_pinned_memory: ignored: the engine manages its own buffers',
  ]);
});

test('text that is no JSON, or no object, is refused', () => {
  assert.match(readJsonConfig('parameters.config', '{').problems[0]!, /^parameters\.config: expected JSON: /);
  assert.deepEqual(readJsonConfig('parameters.config', '[1]').problems, [
    'parameters.config: expected an object, got an array',
  ]);
  assert.deepEqual(readJsonConfig('parameters.config', '{"__proto__":{"a":1}}').problems, [
    'parameters.config: __proto__: unknown key',
  ]);
});

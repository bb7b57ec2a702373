import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readYamlConfig } from '@rangefinder/repository';

function valueOf(text: string): Readonly<Record<string, unknown>> {
  const { config, problems } = readYamlConfig('model.yaml', text);
  assert.deepEqual(problems, []);
  return config.value;
}

const sugar: readonly [string, unknown][] = [
  ['', {}],
  ['# only a comment', {}],
  ['max_batch_size: 8', { max_batch_size: 8 }],
  ['instances: 2', { instance_group: [{ count: 2 }] }],
  ['instance_group: {count: 2, kind: cpu}', { instance_group: [{ count: 2, kind: 'KIND_CPU' }] }],
  ['versions: latest', { version_policy: { latest: { num_versions: 1 } } }],
  ['versions: latest 3', { version_policy: { latest: { num_versions: 3 } } }],
  ['versions: all', { version_policy: { all: {} } }],
  ['versions: [1, 3]', { version_policy: { specific: { versions: [1, 3] } } }],
  ['versions: 4', { version_policy: { specific: { versions: [4] } } }],
  ['version_policy: {all: {}}', { version_policy: { all: {} } }],
  ['warmup: zero', { model_warmup: [{ name: 'zero', fill: 'zero' }] }],
  ['warmup: random', { model_warmup: [{ name: 'random', fill: 'random' }] }],
  ['warmup: true', { model_warmup: [{}] }],
  ['warmup: false', { model_warmup: [] }],
  ['dynamic_batching: true', { dynamic_batching: {} }],
  ['dynamic_batching: false', { dynamic_batching: false }],
  ['dynamic_batching:', { dynamic_batching: {} }],
  ['dynamic_batching: {max_queue_delay: 2ms}', { dynamic_batching: { max_queue_delay_microseconds: 2000 } }],
  ['dynamic_batching: {max_queue_delay: 200us}', { dynamic_batching: { max_queue_delay_microseconds: 200 } }],
  ['dynamic_batching: {max_queue_delay_microseconds: 1.5s}', { dynamic_batching: { max_queue_delay_microseconds: 1_500_000 } }],
  ['dynamic_batching: {max_queue_delay_microseconds: 7}', { dynamic_batching: { max_queue_delay_microseconds: 7 } }],
  ['dynamic_batching: {preferred_batch_size: 8}', { dynamic_batching: { preferred_batch_size: [8] } }],
  [
    'dynamic_batching: {priority_levels: 2, priority_queue_policy: {1: {timeout_action: delay, default_timeout: 1m}}}',
    { dynamic_batching: { priority_levels: 2, priority_queue_policy: { '1': { timeout_action: 'DELAY', default_timeout_microseconds: 60_000_000 } } } },
  ],
  ['inputs: {name: x, data_type: fp32, dims: 3}', { input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [3] }] }],
  ['inputs: [{name: x, data_type: bytes}, {name: y, data_type: TYPE_INT8}]', { input: [{ name: 'x', data_type: 'TYPE_STRING' }, { name: 'y', data_type: 'TYPE_INT8' }] }],
  ['outputs: {name: x, data_type: string, dims: []}', { output: [{ name: 'x', data_type: 'TYPE_STRING', dims: [] }] }],
  ['inputs: {name: 1}', { input: [{ name: '1' }] }],
  ['parameters: {threads: 2, spin: false, text: a, full: {string_value: b}}', {
    parameters: { threads: { string_value: '2' }, spin: { string_value: 'false' }, text: { string_value: 'a' }, full: { string_value: 'b' } },
  }],
  ['response_cache: true', { response_cache: { enable: true } }],
]; // prettier-ignore

for (const [text, expected] of sugar) {
  test(`${JSON.stringify(text)} is read`, () => assert.deepEqual(valueOf(text), expected));
}

const broken: readonly [string, string][] = [
  ['instances: two', 'model.yaml:1: instances: expected an object, got "two"'],
  ['instances: -1', 'model.yaml:1: instances: expected an integer from 0 to 1024, got -1'],
  ['versions: newest', 'model.yaml:1: versions: expected exactly one of latest, all and specific, got "newest"'],
  ['versions: [0]', 'model.yaml:1: versions[0]: expected an integer ≥ 1, got 0'],
  ['dynamic_batching: {max_queue_delay: soon}', 'model.yaml:1: dynamic_batching.max_queue_delay: expected an integer ≥ 0 (µs), got "soon"'],
  ['dynamic_batching: {max_queue_delay: 1.5}', 'model.yaml:1: dynamic_batching.max_queue_delay: expected an integer ≥ 0 (µs), got 1.5'],
  ['dynamic_batching: maybe', 'model.yaml:1: dynamic_batching: expected false or an object, got "maybe"'],
  ['inputs:\n- name: x\n  data_type: fp31', 'model.yaml:3: inputs[0].data_type: expected a data type (TYPE_FP32, TYPE_INT64, TYPE_STRING, …), got "fp31"'],
  ['inputs: 3', 'model.yaml:1: inputs: expected an object, got 3'],
  ['max_batchsize: 3', 'model.yaml:1: max_batchsize: unknown key (did you mean max_batch_size?)'],
  ['warmups: zero', 'model.yaml:1: warmups: unknown key (there is warmup)'],
  ['instances: 1\ninstance_group: []', 'model.yaml:2: instance_group: the same as instances of line 1; expected one of them'],
  ['dynamic_batching:\n  max_queue_delay: 1ms\n  max_queue_delay_microseconds: 2', 'model.yaml:3: max_queue_delay_microseconds: the same as max_queue_delay of line 2; expected one of them'],
  ['a: 1\na: 2', 'model.yaml:2:1: a: expected once, got again'],
  ['a: &x 1', 'model.yaml:1:7: anchors (&name) are not allowed here'],
  ['a: *x', 'model.yaml:1:4: aliases (*name) are not allowed here'],
  ['<<: {a: 1}', 'model.yaml:1: ["<<"]: unknown key'],
  ['- 1', 'model.yaml:1: expected an object, got an array'],
  ['just text', 'model.yaml:1: expected an object, got "just text"'],
  ['name: x\n--- \nname: y', 'model.yaml:2:1: expected one YAML document'],
  ['sequence_batching: {}', 'model.yaml:1: sequence_batching: not supported by this version: stateful models take their state as inputs and outputs'],
]; // prettier-ignore

for (const [text, expected] of broken) {
  test(`${JSON.stringify(text)} is refused`, () => {
    const { problems } = readYamlConfig('model.yaml', text);
    assert.equal(problems[0], expected);
  });
}

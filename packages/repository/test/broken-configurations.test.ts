import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import type { ModelSignature } from '@rangefinder/repository';
import { statefulModel, textClassifier } from './model-signatures.ts';
import { temporaryRepository } from './temporary-repository.ts';

interface BrokenConfiguration {
  readonly config: string;
  /** All lines of the message but the model's name. */
  readonly problems: readonly string[];
  readonly signature?: ModelSignature;
  readonly file?: 'config.pbtxt' | 'model.yaml';
}

const pbtxt = (config: string, ...problems: string[]): BrokenConfiguration => ({
  config,
  problems: problems.map((line) => `config.pbtxt:${line}`),
});
const yaml = (config: string, ...problems: string[]): BrokenConfiguration => ({
  config, file: 'model.yaml', problems: problems.map((line) => `model.yaml:${line}`),
}); // prettier-ignore
const against = (signature: ModelSignature, broken: BrokenConfiguration): BrokenConfiguration => ({
  ...broken,
  signature,
});

const table: readonly BrokenConfiguration[] = [
  // Grammar and schema
  pbtxt('max_batch_size 4', '1:16: expected : or { after max_batch_size, got "4"'),
  pbtxt('max_batch_size: 4.5', '1: max_batch_size: expected an integer from 0 to 65536 (rows), got 4.5'),
  pbtxt('max_batch_size: 4.0', '1:17: max_batch_size: expected an integer from 0 to 65536 (rows), got 4.0'),
  pbtxt('max_batch_size: -1', '1: max_batch_size: expected an integer from 0 to 65536 (rows), got -1'),
  pbtxt('max_batch_size: 99999999999', '1: max_batch_size: expected an integer from 0 to 65536 (rows), got 99999999999'),
  pbtxt('max_batch_size: "4"', '1: max_batch_size: expected an integer from 0 to 65536 (rows), got "4"'),
  pbtxt('max_batchsize: 4', '1: max_batchsize: unknown key (did you mean max_batch_size?)'),
  pbtxt('input { name: "ids"\n data_typ: TYPE_INT64 }', '2: input[0].data_typ: unknown key (did you mean data_type?)'),
  pbtxt('input { name: "ids" data_type: TYPE_INT46 }', '1: input[0].data_type: expected a data type (TYPE_FP32, TYPE_INT64, TYPE_STRING, …), got "TYPE_INT46" (did you mean TYPE_INT16?)'),
  pbtxt('input { name: "ids" dims: [ -2 ] }', '1: input[0].dims[0]: expected an integer ≥ -1, got -2'),
  pbtxt('instance_group { kind: KIND_TPU }', '1: instance_group[0].kind: expected one of "KIND_AUTO", "KIND_CPU", "KIND_GPU", "KIND_MODEL", got "KIND_TPU" (did you mean KIND_CPU?)'),
  pbtxt('instance_group { count: 5000 }', '1: instance_group[0].count: expected an integer from 0 to 1024, got 5000'),
  pbtxt('instance_group { gpus: [0, 0] }', '1: instance_group[0].gpus[1]: expected no duplicates, got 0 again (first at index 0)'),
  pbtxt('version_policy { latest { } all { } }', '1: version_policy: expected exactly one of latest, all and specific, got an object with latest, all'),
  pbtxt('version_policy { specific { versions: [] } }', '1: version_policy.specific.versions: expected an array of 1 to 1024 elements without duplicates, got 0'),
  pbtxt('version_policy { newest { } }', '1: version_policy: expected exactly one of latest, all and specific, got an object with newest'),
  pbtxt('dynamic_batching { preferred_batch_size: 0 }', '1: dynamic_batching.preferred_batch_size[0]: expected an integer ≥ 1, got 0'),
  pbtxt('dynamic_batching { default_queue_policy { timeout_action: DROP } }', '1: dynamic_batching.default_queue_policy.timeout_action: expected one of "REJECT", "DELAY", got "DROP"'),
  pbtxt('optimization { graph { level: 9 } }', '1: optimization.graph.level: expected an integer from -1 to 2, got 9'),
  pbtxt('response_cache { enable: maybe }', '1: response_cache.enable: expected true or false, got "maybe"'),
  pbtxt('parameters { key: "a" value { string_value: 3 } }', '1: parameters.a.string_value: expected a string, got 3'),
  // Fields of Triton that are not here
  pbtxt('ensemble_scheduling { step [ ] }', '1: ensemble_scheduling: not supported by this version: call the models one by one'),
  pbtxt('sequence_batching { }', '1: sequence_batching: not supported by this version: stateful models take their state as inputs and outputs'),
  pbtxt('cc_model_filenames { key: "7.5" value: "x" }', '1: cc_model_filenames: not supported by this version: use default_model_filename'),
  pbtxt('model_operations { op_library_filename: "a.so" }', '1: model_operations: not supported by this version: custom operator libraries are not loaded'),
  pbtxt('input { name: "ids" reshape { shape: [1] } }', '1: input[0].reshape: not supported by this version: declare dims as the model itself has them'),
  pbtxt('batch_input { kind: BATCH_ELEMENT_COUNT }', '1: batch_input: not supported by this version: models that take ragged inputs use allow_ragged_batch with padding'),
  pbtxt('model_transaction_policy { decoupled: true }', '1: model_transaction_policy.decoupled: not supported by this version: every request has one response'),
  // One field against another
  pbtxt('name: "other"', `1: name: expected "m", the name of the model's folder, got "other"`),
  pbtxt('backend: "python"', '1: backend: "python" is not supported by this version (supported: onnx (or onnxruntime), builtin)'),
  pbtxt('platform: "tensorrt_plan"', '1: platform: "tensorrt_plan" is not supported by this version (supported: onnxruntime_onnx, builtin)'),
  pbtxt('default_model_filename: "../../secret.onnx"', '1: default_model_filename: expected a path inside the folder of the model, got "../../secret.onnx"', ),
  pbtxt('input { data_type: TYPE_FP32 }', '1: input[0].name: required: expected the name of the tensor in the model'),
  pbtxt('input { name: "ids" }\ninput { name: "ids" }', '2: input[1].name: expected different names, got "ids" again (first at input[0])'),
  pbtxt('input { name: "ids" dims: [ 0 ] }', '1: input[0].dims[0]: expected a size ≥ 1, or -1 for any, got 0'),
  pbtxt('max_batch_size: 4\ndynamic_batching { preferred_batch_size: [4, 8] }', '2: dynamic_batching.preferred_batch_size[1]: expected at most 4 (max_batch_size), got 8'),
  pbtxt('dynamic_batching { priority_levels: 3 }', '1: dynamic_batching.default_priority_level: expected an integer from 1 to 3 (priority_levels), got nothing'),
  pbtxt('dynamic_batching { priority_levels: 3 default_priority_level: 4 }', '1: dynamic_batching.default_priority_level: expected an integer from 1 to 3 (priority_levels), got 4'),
  pbtxt('dynamic_batching { default_priority_level: 1 }', '1: dynamic_batching.default_priority_level: expected 0 because priority_levels is 0, got 1'),
  pbtxt('dynamic_batching { priority_levels: 2 default_priority_level: 1 priority_queue_policy { key: 3 value { } } }', '1: dynamic_batching.priority_queue_policy["3"]: expected a level from 1 to 2 (priority_levels), got level 3'),
  pbtxt('instance_group { kind: KIND_CPU gpus: 0 }', '1: instance_group[0].gpus: expected no devices for KIND_CPU, got 0'),
  pbtxt('instance_group { count: 1000 }\ninstance_group { count: 1000 }', '1: instance_group: expected at most 1024 instances in all groups together, got 2000'),
  pbtxt('max_batch_size: 2\nmodel_warmup { batch_size: 3 }', '2: model_warmup[0].batch_size: expected at most 2 (max_batch_size), got 3'),
  pbtxt('model_warmup { inputs { key: "ids" value { zero_data: true random_data: true } } }', '1: model_warmup[0].inputs.ids: expected one of zero_data, random_data and input_data_file, got zero_data and random_data'),
  pbtxt('model_warmup { inputs { key: "ids" value { input_data_file: "ids.bin" } } }', '1: model_warmup[0].inputs.ids.input_data_file: warmup/ids.bin does not exist'),
  pbtxt('model_warmup { inputs { key: "ids" value { input_data_file: "/etc/passwd" } } }', '1: model_warmup[0].inputs.ids.input_data_file: expected a path inside the folder of the model, got "/etc/passwd"'),
  pbtxt('output { name: "logits" label_filename: "labels.txt" }', '1: output[0].label_filename: labels.txt does not exist'),
  pbtxt('output { name: "logits" label_filename: "../labels.txt" }', '1: output[0].label_filename: expected a path inside the folder of the model, got "../labels.txt"'),
  yaml('inputs: {name: ids, padding: {value: 1}}', '1: inputs.padding: expected only with allow_ragged_batch: true'),
  yaml('inputs: {name: ids, allow_ragged_batch: true, padding: {buckets: [8, 4]}}', '1: inputs.padding.buckets[1]: expected more than 8 (ascending order), got 4'),
  yaml('max_batch_size: 0\ninputs: {name: ids, allow_ragged_batch: true}', '2: inputs.allow_ragged_batch: expected false because max_batch_size is 0, got true'),
  yaml('outputs: {name: states, unpad: {dim: 0, input: ids}}', '1: outputs.unpad.input: expected an input with allow_ragged_batch: true, got "ids"'),
  // The configuration against the model
  pbtxt('input { name: "idz" }', '1: input[0].name: the model has no input "idz" (did you mean ids?); it has "ids", "scale"'),
  pbtxt('output { name: "probabilities" }', '1: output[0].name: the model has no output "probabilities"; it has "logits", "states"'),
  pbtxt('input { name: "ids"\n data_type: TYPE_FP32 }', '2: input[0].data_type: expected TYPE_INT64 as in the model, got TYPE_FP32'),
  pbtxt('max_batch_size: 2\noutput { name: "logits" dims: [4] }', '2: output[0].dims: expected [3] as in the model, got [4]'),
  pbtxt('max_batch_size: 2\noutput { name: "logits" dims: [-1, 3] }', '2: output[0].dims: expected [3] as in the model, got [-1,3]; the batch dimension is not part of dims when max_batch_size is more than 0'),
  pbtxt('max_batch_size: 0\noutput { name: "logits" dims: [3] }', '2: output[0].dims: expected [-1,3] as in the model, got [3]'),
  pbtxt('input { name: "ids" optional: true }', '1: input[0].optional: expected false because the model has no default for this input, got true'),
  pbtxt('dynamic_batching { preferred_batch_size: 100 }', '1: dynamic_batching.preferred_batch_size[0]: expected at most 64 (max_batch_size), got 100'),
  pbtxt('model_warmup { batch_size: 100 }', '1: model_warmup[0].batch_size: expected at most 64 (the batch limit of the model), got 100'),
  pbtxt('model_warmup { inputs { key: "idz" value { } } }', '1: model_warmup[0].inputs.idz: the model has no input "idz" (did you mean ids?)'),
  pbtxt('model_warmup { inputs { key: "ids" value { data_type: TYPE_FP32 dims: [1, 2] } } }', '1: model_warmup[0].inputs.ids.data_type: expected TYPE_INT64 as the input, got TYPE_FP32', '1: model_warmup[0].inputs.ids.dims: expected sizes that fit [-1], got [1,2]'),
  yaml('inputs: {name: scale, allow_ragged_batch: true}', '1: inputs.allow_ragged_batch: expected false because the model has no free dimension in this input, got true'),
  yaml('inputs: {name: ids, allow_ragged_batch: true}\noutputs: {name: states, unpad: {dim: 1, input: ids}}', '2: outputs.unpad.dim: expected the index of a dimension whose size is -1 in [-1,8], got 1'),
  against(
    statefulModel,
    pbtxt('max_batch_size: 4', '1: max_batch_size: expected 0 because the first dimension of input "input" is fixed at 1, the first dimension of input "state" is fixed at 2, input "sr" is a scalar, the first dimension of output "output" is fixed at 1, the first dimension of output "stateN" is fixed at 2; got 4'),
  ),
]; // prettier-ignore

for (const { config, problems, signature = textClassifier, file = 'config.pbtxt' } of table) {
  test(`${JSON.stringify(config)} is refused`, async (t) => {
    const { repository } = await temporaryRepository(t, { 'm/1/model.onnx': '', [`m/${file}`]: config });
    const attempt = async (): Promise<unknown> => (await repository.read('m')).complete(signature);
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof RangefinderError, String(error));
      assert.equal(error.code, 'MODEL_INVALID');
      const own = error.message
        .replace(/^model m:[ \n]/, '')
        .split('\n')
        .filter((line) => !line.startsWith('version 1:'));
      assert.deepEqual(own, problems);
      return true;
    });
  });
}

test('problems of every kind are reported together', async (t) => {
  const config =
    'max_batch_size: 2\ninput { name: "ids" data_type: TYPE_FP32 }\noutput { name: "logits" dims: 9 }\noutput { name: "z" }\n';
  const { repository } = await temporaryRepository(t, { 'm/1/model.onnx': '', 'm/config.pbtxt': config });
  const model = await repository.read('m');
  assert.throws(() => model.complete(textClassifier), {
    message: [
      'model m:',
      'config.pbtxt:2: input[0].data_type: expected TYPE_INT64 as in the model, got TYPE_FP32',
      'config.pbtxt:3: output[0].dims: expected [3] as in the model, got [9]',
      'config.pbtxt:4: output[1].name: the model has no output "z"; it has "logits", "states"',
    ].join('\n'),
  });
});

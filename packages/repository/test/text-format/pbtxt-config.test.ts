import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printConfigPbtxt, readPbtxtConfig } from '@rangefinder/repository';

function valueOf(text: string): Readonly<Record<string, unknown>> {
  const { config, problems } = readPbtxtConfig('config.pbtxt', text);
  assert.deepEqual(problems, []);
  return config.value;
}

function problemsOf(text: string): readonly string[] {
  return readPbtxtConfig('config.pbtxt', text).problems;
}

test('a configuration as Triton users write it', () => {
  const text = `
    # Copyright someone
    name: "resnet"
    platform: "onnxruntime_onnx"
    max_batch_size : 8
    input [
      { name: "data" data_type: TYPE_FP32 format: FORMAT_NCHW dims: [ 3, 224, 224 ] }
    ]
    output [ { name: "prob", data_type: TYPE_FP32, dims: [ 1000 ], label_filename: "labels.txt" } ]
    instance_group [ { count: 2; kind: KIND_CPU; } ]
    dynamic_batching { preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 100 }
    parameters { key: "intra_op_thread_count" value { string_value: "4" } }
    parameters: { key: "x" value: { string_value: "y" } }
    optimization { execution_accelerators { gpu_execution_accelerator : [ { name : "tensorrt" parameters { key: "a" value: "b" } } ] } }
  `;
  assert.deepEqual(valueOf(text), {
    name: 'resnet',
    platform: 'onnxruntime_onnx',
    max_batch_size: 8,
    input: [{ name: 'data', data_type: 'TYPE_FP32', dims: [3, 224, 224] }],
    output: [{ name: 'prob', data_type: 'TYPE_FP32', dims: [1000], label_filename: 'labels.txt' }],
    instance_group: [{ count: 2, kind: 'KIND_CPU' }],
    dynamic_batching: { preferred_batch_size: [4, 8], max_queue_delay_microseconds: 100 },
    parameters: { intra_op_thread_count: { string_value: '4' }, x: { string_value: 'y' } },
    optimization: {
      execution_accelerators: { gpu_execution_accelerator: [{ name: 'tensorrt', parameters: { a: 'b' } }] },
    },
  });
});

test('repeated fields may be written one by one, as lists, or both', () => {
  assert.deepEqual(
    valueOf('input { name: "a" dims: 1 dims: [2, 3] dims: 4 } input: [{name: "b"}, <name: "c">]')['input'],
    [{ name: 'a', dims: [1, 2, 3, 4] }, { name: 'b' }, { name: 'c' }],
  );
});

const scalars: readonly [string, unknown][] = [
  ['max_batch_size: 0x1F', { max_batch_size: 31 }],
  ['max_batch_size: 017', { max_batch_size: 15 }],
  ['max_batch_size: 0', { max_batch_size: 0 }],
  ['response_cache { enable: true }', { response_cache: { enable: true } }],
  ['response_cache { enable: t }', { response_cache: { enable: true } }],
  ['response_cache { enable: False }', { response_cache: { enable: false } }],
  ['response_cache < enable: 1 >', { response_cache: { enable: true } }],
  ['optimization { graph { level: -1 } }', { optimization: { graph: { level: -1 } } }],
  ['optimization { graph { level: - 1 } }', { optimization: { graph: { level: -1 } } }],
  [`name: 'single'`, { name: 'single' }],
  [`name: "a" 'b'\n  "c"`, { name: 'abc' }],
  [String.raw`name: "\a\b\f\n\r\t\v\\\'\"\?"`, { name: '\u0007\b\f\n\r\t\v\\\'"?' }],
  [String.raw`name: "\101\x42\u0043\U0001F600"`, { name: 'ABC😀' }],
  [String.raw`name: "\303\251"`, { name: 'é' }],
  ['name: "größe"', { name: 'größe' }],
  ['\uFEFFname: "x"', { name: 'x' }],
  ['input { padding { value: -1.5e-3 } }', { input: [{ padding: { value: -0.0015 } }] }],
  ['input { padding { value: .5f } }', { input: [{ padding: { value: 0.5 } }] }],
  ['input { padding { value: 2f } }', { input: [{ padding: { value: 2 } }] }],
  ['input { padding { value: 7 } }', { input: [{ padding: { value: 7 } }] }],
  ['parameters { key: "only" }', { parameters: { only: {} } }],
  ['parameters { value { string_value: "v" } }', { parameters: { '': { string_value: 'v' } } }],
  ['parameters [ { key: "a" }, { key: "b" } ]', { parameters: { a: {}, b: {} } }],
  ['version_policy { all {} }', { version_policy: { all: {} } }],
  ['version_policy: {}', { version_policy: {} }],
  ['', {}],
  ['# nothing\n', {}],
];

for (const [text, expected] of scalars) {
  test(`${JSON.stringify(text)} is read`, () => assert.deepEqual(valueOf(text), expected));
}

const syntaxErrors: readonly [string, string][] = [
  ['name "x"', 'config.pbtxt:1:6: expected : or { after name, got "x"'],
  ['name:', 'config.pbtxt:1:6: expected a value, got the end of the file'],
  ['name: "x', 'config.pbtxt:1:7: expected the closing " of this string on the same line'],
  ['name: "x\ny"', 'config.pbtxt:1:7: expected the closing " of this string on the same line'],
  ['\n\n  input {', 'config.pbtxt:3:10: expected } for the { of line 3, got the end of the file'],
  ['input { >', 'config.pbtxt:1:9: expected the name of a field, got ">"'],
  ['input < }', 'config.pbtxt:1:9: expected the name of a field, got "}"'],
  ['dims: [1 2]', 'config.pbtxt:1:10: expected , or ] in the list, got "2"'],
  ['dims: [1,]', 'config.pbtxt:1:10: expected a value, got "]"'],
  ['dims [1]', 'config.pbtxt:1:7: expected : after dims, got "1"'],
  ['}', 'config.pbtxt:1:1: expected the name of a field, got "}"'],
  ['@', 'config.pbtxt:1:1: unexpected character "@"'],
  ['max_batch_size: 12abc', 'config.pbtxt:1:17: expected a number, got 12abc'],
  ['max_batch_size: 089', 'config.pbtxt:1:17: expected a number, got 089'],
  ['max_batch_size: -x', 'config.pbtxt:1:18: expected a number after -, got "x"'],
  ['[type.googleapis.com/x] { }', 'config.pbtxt:1:1: extensions and Any ([…]) are not part of a model configuration'],
  [String.raw`name: "\q"`, String.raw`config.pbtxt:1:7: unknown escape \q in a string`],
  [String.raw`name: "\777"`, String.raw`config.pbtxt:1:7: expected a byte up to \377, got \777`],
  [String.raw`name: "\xff"`, 'config.pbtxt:1:7: expected a string in UTF-8, got bytes that are not'],
  [String.raw`name: "\uD800"`, String.raw`config.pbtxt:1:7: expected a Unicode code point, got \uD800`],
  ['a{'.repeat(70), 'config.pbtxt:1:130: expected at most 64 nested messages'],
];

for (const [text, expected] of syntaxErrors) {
  test(`${JSON.stringify(text.slice(0, 40))} is refused where it goes wrong`, () =>
    assert.deepEqual(problemsOf(text), [expected]));
}

test('what the grammar allows and the message does not is refused, all of it', () => {
  assert.deepEqual(
    problemsOf(`
name: foo
max_batch_size: 1 max_batch_size: 2
max_batch_size: 1.5
input { data_type: "TYPE_FP32" }
parameters: "x"
parameters { key: "a" key: "b" }
parameters { key: "c" } parameters { key: "c" }
dynamic_batching: [ { } ]`),
    [
      'config.pbtxt:2:7: name: expected a string in quotes, got foo',
      'config.pbtxt:3:19: max_batch_size: expected once, got again (first on line 3)',
      'config.pbtxt:5:20: input[0].data_type: expected a data type (TYPE_FP32, TYPE_INT64, TYPE_STRING, …) without quotes, got "TYPE_FP32"',
      'config.pbtxt:6:13: parameters: expected an entry { key: … value: … }',
      'config.pbtxt:7:23: parameters: expected an entry with one key and one value, got key',
      'config.pbtxt:8:36: parameters.c: expected once, got again',
      'config.pbtxt:9:19: dynamic_batching: expected false or an object, got a list',
    ],
  );
});

test('what is printed is read back the same', () => {
  const config = {
    name: 'a "quoted" \\ name\n\t\u0001é\u0085😀',
    max_batch_size: 8,
    input: [
      {
        name: 'x',
        data_type: 'TYPE_FP32',
        dims: [],
        allow_ragged_batch: true,
        padding: { buckets: [1, 2], value: -0.5 },
      },
    ],
    version_policy: { all: {} },
    dynamic_batching: {
      priority_levels: 2,
      priority_queue_policy: { '1': { timeout_action: 'DELAY', max_queue_size: 3 } },
    },
    parameters: { 'a b': { string_value: 'c' }, '7': { string_value: '' } },
  };
  assert.deepEqual(valueOf(printConfigPbtxt(config)), config);
});

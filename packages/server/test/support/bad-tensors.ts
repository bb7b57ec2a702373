import { invalid, type BadRequest } from './bad-request.ts';

const input = { name: 'INPUT', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] };

/** A good body but for one field of its input. */
function withInput(change: object): string {
  return JSON.stringify({ inputs: [{ ...input, ...change }] });
}

function withOutputs(outputs: unknown): string {
  return JSON.stringify({ inputs: [input], outputs });
}

function without(field: keyof typeof input): string {
  const { [field]: _left, ...rest } = input;
  return JSON.stringify({ inputs: [rest] });
}

function binary(
  name: string,
  json: string,
  blob: Uint8Array,
  message: RegExp,
  length: string | number = Buffer.byteLength(json),
): BadRequest {
  const headers = { 'Inference-Header-Content-Length': String(length) };
  return invalid(name, Buffer.concat([Buffer.from(json), blob]), message, { headers });
}

const binaryInput = (change: object = {}, size: unknown = 16): string =>
  JSON.stringify({
    inputs: [{ name: 'INPUT', shape: [1, 4], datatype: 'FP32', parameters: { binary_data_size: size }, ...change }],
  });
const blob = Buffer.alloc(16);

const JSON_TEXT: readonly BadRequest[] = [
  invalid('an empty body', '', /request body|JSON/i),
  invalid('a body of spaces', '   ', /request body|JSON/i),
  invalid('JSON cut short', '{"inputs":[{"name":"INPUT"', /JSON|request body/i),
  invalid('text after the JSON', `${withInput({})} x`, /JSON|request body/i),
  invalid('a comma too many', '{"inputs":[],}', /JSON|request body/i),
  invalid('single quotes', "{'inputs':[]}", /JSON|request body/i),
  invalid('a list at the top', '[]', /object/i),
  invalid('null at the top', 'null', /object/i),
  invalid(
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('","inputs":[]}')]),
    /UTF-8/i,
  ),
  invalid(
    'a number too large for JSON',
    withInput({}).replace('[1,2,3,4]', '[1e999,2,3,4]'),
    /inputs\[0\].*data|1e999|range/i,
  ),
  invalid('NaN', withInput({}).replace('[1,2,3,4]', '[NaN,2,3,4]'), /JSON|data/i),
  invalid('nesting beyond the limit', withInput({ data: nested(50) }), /deep|depth|nest/i),
  invalid('nesting far beyond the limit', `{"extra":${'['.repeat(20_000)}`, /deep|depth|nest/i),
  invalid('a control character inside a string', '{"id":"a\u0001b","inputs":[]}', /JSON|control|id/i),
];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

const tooLarge = { status: 413, code: 'PAYLOAD_TOO_LARGE' } as const;

const INPUTS: readonly BadRequest[] = [
  invalid('no inputs at all', '{}', /inputs/),
  invalid('inputs that are no list', '{"inputs":{}}', /inputs/),
  invalid('an empty list of inputs', '{"inputs":[]}', /INPUT|inputs/),
  invalid('an input that is no object', '{"inputs":[3]}', /inputs\[0\]/),
  invalid('an input without name', without('name'), /inputs\[0\].*'name'/),
  invalid('a name that is a number', withInput({ name: 3 }), /inputs\[0\]\.name/),
  invalid('an unknown input', withInput({ name: 'OTHER' }), /OTHER/),
  invalid('a name longer than the limit', withInput({ name: 'N'.repeat(65) }), /name/),
  invalid('the same input twice', JSON.stringify({ inputs: [input, input] }), /INPUT/),
  invalid(
    'more inputs than the limit',
    JSON.stringify({ inputs: Array.from({ length: 5 }, (_, i) => ({ ...input, name: `I${i}` })) }),
    /inputs/,
  ),
  invalid('an input without shape', without('shape'), /inputs\[0\].*'shape'/),
  invalid('a shape that is no list', withInput({ shape: 4 }), /inputs\[0\]\.shape/),
  invalid('a shape with text in it', withInput({ shape: [1, '4'] }), /shape/),
  invalid('a negative dimension', withInput({ shape: [-1, 4] }), /shape/),
  invalid('a fraction as dimension', withInput({ shape: [1, 4.5] }), /shape/),
  invalid(
    'dimensions whose product overflows',
    withInput({ shape: [2 ** 40, 2 ** 40] }),
    /inputs\[0\]\.shape/,
    tooLarge,
  ),
  invalid('more elements than the limit', withInput({ shape: [2_000, 4] }), /inputs\[0\]\.shape/, tooLarge),
  invalid('more dimensions than the limit', withInput({ shape: [1, 1, 1, 1, 4] }), /shape|dimensions|rank/),
  invalid('a shape of the wrong rank', withInput({ shape: [4] }), /INPUT|shape/),
  invalid('a fixed dimension that differs', withInput({ shape: [1, 3], data: [1, 2, 3] }), /INPUT|shape/),
  invalid('a batch of nothing', withInput({ shape: [0, 4], data: [] }), /INPUT|shape|batch/),
  invalid('an input without datatype', without('datatype'), /inputs\[0\].*'datatype'/),
  invalid('an unknown datatype', withInput({ datatype: 'FP31' }), /datatype/),
  invalid('a datatype in small letters', withInput({ datatype: 'fp32' }), /datatype/),
  invalid('another datatype than declared', withInput({ datatype: 'INT32' }), /INPUT|datatype/),
  invalid('an input without data', without('data'), /inputs\[0\]/),
  invalid('data that is no list', withInput({ data: 3 }), /data/),
  invalid('too few elements', withInput({ data: [1, 2, 3] }), /data/),
  invalid('too many elements', withInput({ data: [1, 2, 3, 4, 5] }), /data/),
  invalid('an element that is text', withInput({ data: [1, 2, 'x', 4] }), /data/),
  invalid('an element that is null', withInput({ data: [1, null, 3, 4] }), /data/),
  invalid('an element that is true', withInput({ data: [1, true, 3, 4] }), /data/),
  invalid('an element that is an object', withInput({ data: [1, {}, 3, 4] }), /data/),
  invalid(
    'rows of different length',
    withInput({
      shape: [2, 4],
      data: [
        [1, 2, 3],
        [4, 5, 6, 7, 8],
      ],
    }),
    /data/,
  ),
  invalid(
    'a fraction in an integer tensor',
    JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'INT64', data: [1.5] }] }),
    /data/,
    { path: '/v2/models/long/infer' },
  ),
  invalid(
    'an integer beyond its type',
    JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'UINT8', data: [256] }] }),
    /data/,
    { path: '/v2/models/byte/infer' },
  ),
  invalid(
    'a negative number in an unsigned tensor',
    JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'UINT8', data: [-1] }] }),
    /data/,
    { path: '/v2/models/byte/infer' },
  ),
  invalid(
    'numbers in a boolean tensor',
    JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 2], datatype: 'BOOL', data: [7, 1] }] }),
    /data/,
    { path: '/v2/models/flags/infer' },
  ),
  invalid(
    'half floats in JSON',
    JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 2], datatype: 'FP16', data: [1, 2] }] }),
    /FP16|binary/,
    { path: '/v2/models/half/infer' },
  ),
  invalid(
    'numbers in a text tensor',
    JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'BYTES', data: [3] }] }),
    /data/,
    { path: '/v2/models/text/infer' },
  ),
  invalid('parameters that are no object', withInput({ parameters: [] }), /parameters/),
  invalid('a blob size that is an object', withInput({ parameters: { binary_data_size: {} } }), /binary_data_size/),
  invalid('an id that is a number', JSON.stringify({ id: 3, inputs: [input] }), /id/),
  invalid('a priority that is text', JSON.stringify({ parameters: { priority: 'high' }, inputs: [input] }), /priority/),
  invalid('a negative timeout', JSON.stringify({ parameters: { timeout: -5 }, inputs: [input] }), /timeout/),
];

const OUTPUTS: readonly BadRequest[] = [
  invalid('outputs that are no list', withOutputs({}), /outputs/),
  invalid('an output that is no object', withOutputs(['OUTPUT']), /outputs\[0\]/),
  invalid('an output without name', withOutputs([{}]), /outputs\[0\].*'name'/),
  invalid('an unknown output', withOutputs([{ name: 'OTHER' }]), /OTHER/),
  invalid('the same output twice', withOutputs([{ name: 'OUTPUT' }, { name: 'OUTPUT' }]), /OUTPUT/),
  invalid(
    'more outputs than the limit',
    withOutputs(Array.from({ length: 5 }, (_, i) => ({ name: `O${i}` }))),
    /outputs/,
  ),
  invalid(
    'binary_data that is text',
    withOutputs([{ name: 'OUTPUT', parameters: { binary_data: 'yes' } }]),
    /binary_data/,
  ),
  invalid(
    'a negative classification',
    withOutputs([{ name: 'OUTPUT', parameters: { classification: -1 } }]),
    /classification/,
  ),
];

const BINARY: readonly BadRequest[] = [
  binary('a header length beyond the body', binaryInput(), blob, /Inference-Header-Content-Length/i, 100_000),
  binary('a header length that is negative', binaryInput(), blob, /Inference-Header-Content-Length/i, '-1'),
  binary('a header length that is text', binaryInput(), blob, /Inference-Header-Content-Length/i, 'ten'),
  binary('a header length that is hexadecimal', binaryInput(), blob, /Inference-Header-Content-Length/i, '0x10'),
  binary('a header length in the middle of the JSON', binaryInput(), blob, /JSON|request body/i, 10),
  binary('a blob that is cut short', binaryInput(), blob.subarray(0, 9), /binary|inputs\[0\]/),
  binary('bytes after the last blob', binaryInput(), Buffer.alloc(20), /binary|bytes/),
  binary(
    'a blob size that does not fit the shape',
    binaryInput({}, 12),
    blob.subarray(0, 12),
    /inputs\[0\]|binary_data_size/,
  ),
  binary('a blob size that is negative', binaryInput({}, -16), blob, /binary_data_size/),
  binary('a blob size that is text', binaryInput({}, '16'), blob, /binary_data_size/),
  binary('data and a blob together', binaryInput({ data: [1, 2, 3, 4] }), blob, /inputs\[0\]/),
  binary('a blob announced where the body has none', binaryInput(), Buffer.alloc(0), /binary|inputs\[0\]/),
  binary(
    'a text element whose length passes its blob',
    JSON.stringify({
      inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'BYTES', parameters: { binary_data_size: 6 } }],
    }),
    Buffer.from([200, 0, 0, 0, 1, 2]),
    /INPUT|inputs\[0\]/,
  ),
  invalid('raw data that is no whole number of rows', Buffer.alloc(15), /INPUT|bytes/, {
    headers: { 'Inference-Header-Content-Length': '0' },
  }),
].map((one) => (one.name.startsWith('a text element') ? { ...one, path: '/v2/models/text/infer' } : one));

/** What can be wrong with the body of an inference request. */
export const BAD_TENSORS: readonly BadRequest[] = [...JSON_TEXT, ...INPUTS, ...OUTPUTS, ...BINARY];

import { describe, test } from 'node:test';
import type { ErrorCode } from '@rangefinder/base';
import { refused, utf8, type DecodeOptions } from './support.ts';

const head = '"name":"x","datatype":"FP32","shape":[2]';

/** A request whose only input has this text. */
const input = (members: string): string => `{"inputs":[{${members}}]}`;
const data = (dataType: string, shape: string, values: string): string =>
  input(`"name":"x","datatype":"${dataType}","shape":${shape},"data":${values}`);
const good = `{${head},"data":[1,2]}`;

type Case = readonly [
  name: string,
  body: string | Uint8Array,
  message: RegExp,
  options?: DecodeOptions & { code?: ErrorCode },
];

const DOCUMENT: readonly Case[] = [
  ['nothing', '', /^request body: expected JSON, found nothing at byte 0$/],
  ['blanks', '  \n', /^request body: expected an object, found the end of the JSON at byte 3$/],
  ['byte order mark', '\ufeff{}', /^request body: starts with a byte order mark/],
  ['an array', '[]', /^request body: expected an object, found '\['/],
  ['no inputs', '{}', /^inputs: is missing$/],
  ['cut off', '{"inputs":[', /^inputs: expected an object, found the end of the JSON at byte 11|inputs\[0\]/],
  ['a trailing comma', `{"inputs":[${good},]}`, /^inputs\[1\]: expected an object, found '\]'/],
  ['something behind', `{"inputs":[${good}]} {}`, /^request body: expected nothing after the JSON, found '\{'/],
  ['single quotes', "{'inputs':[]}", /^request body: expected a key in quotes, found '''/],
  ['a key without colon', '{"inputs" []}', /^request body: expected ':', found '\['/],
  ['a key twice', `{"inputs":[${good}],"inputs":[]}`, /^request body: key 'inputs' comes twice/],
  ['a key twice, escaped', `{"id":"a","i\\u0064":"b","inputs":[]}`, /^request body: key 'id' comes twice/],
  ['a comment', '{/* */"inputs":[]}', /^request body: expected a key in quotes, found '\/'/],
  ['inputs as object', '{"inputs":{}}', /^inputs: expected an array, found '\{' at byte 10$/],
  ['id as number', '{"id":5,"inputs":[]}', /^id: expected a string, found '5'/],
  ['id too long', `{"id":"${'i'.repeat(1025)}","inputs":[]}`, /^id: is longer than 1024 characters/],
  ['id far too long', `{"id":"${'i'.repeat(100_000)}","inputs":[]}`, /^id: string is longer than 4096 bytes/],
  ['a raw control character', '{"id":"a\nb","inputs":[]}', /^id: string has an unescaped control character at byte 8$/],
  ['an unknown escape', '{"id":"\\x","inputs":[]}', /^id: string has an unknown escape at byte 7$/],
  [
    'a short \\u escape',
    '{"id":"\\u12g4","inputs":[]}',
    /^id: string has a \\u escape without four hexadecimal digits at byte 7$/,
  ],
  ['a lone high surrogate', '{"id":"\\ud800x","inputs":[]}', /^id: string has a lone high surrogate at byte 7$/],
  ['a lone low surrogate', '{"id":"\\udc00","inputs":[]}', /^id: string has a lone low surrogate at byte 7$/],
  ['two high surrogates', '{"id":"\\ud800\\ud800","inputs":[]}', /lone high surrogate/],
  ['UTF-8 cut off', Uint8Array.of(...utf8('{"id":"'), 0xe2, 0x82, 0x22), /^id: string is not valid UTF-8 at byte 7$/],
  ['overlong UTF-8', Uint8Array.of(...utf8('{"id":"'), 0xc0, 0x80, 0x22), /not valid UTF-8/],
  ['a surrogate in UTF-8', Uint8Array.of(...utf8('{"id":"'), 0xed, 0xa0, 0x80, 0x22), /not valid UTF-8/],
  ['nesting', `{"x":${'['.repeat(200)}`, /^x: is nested deeper than 100 levels at byte/],
  ['nested data', data('FP32', '[1]', '['.repeat(200)), /^inputs\[0\]\.data: is nested deeper than 100 levels/],
  ['a bad word in an unknown member', '{"x":nul,"inputs":[]}', /^x: expected 'null'/],
];

const HEAD: readonly Case[] = [
  ['an input that is a number', '{"inputs":[1]}', /^inputs\[0\]: expected an object, found '1'/],
  ['no name', input('"datatype":"FP32","shape":[1],"data":[1]'), /^inputs\[0\]: has no 'name'/],
  ['an empty name', input('"name":"","datatype":"FP32","shape":[1],"data":[1]'), /^inputs\[0\]: 'name' is empty/],
  ['no datatype', input('"name":"x","shape":[1],"data":[1]'), /^inputs\[0\]: has no 'datatype'/],
  ['no shape', input('"name":"x","datatype":"FP32","data":[1]'), /^inputs\[0\]: has no 'shape'/],
  ['no data', input(head), /^inputs\[0\]: has neither 'data' nor 'parameters\.binary_data_size'/],
  [
    'an unknown datatype',
    input('"name":"x","datatype":"FLOAT","shape":[1],"data":[1]'),
    /^inputs\[0\]\.datatype: unknown type 'FLOAT' at byte/,
  ],
  ['a lower-case datatype', input('"name":"x","datatype":"fp32","shape":[1],"data":[1]'), /unknown type 'fp32'/],
  [
    'a negative size',
    input('"name":"x","datatype":"FP32","shape":[-1],"data":[1]'),
    /^inputs\[0\]\.shape: expected a non-negative integer, found -1/,
  ],
  [
    'a fractional size',
    input('"name":"x","datatype":"FP32","shape":[1.5],"data":[1]'),
    /^inputs\[0\]\.shape: expected a non-negative integer, found 1\.5/,
  ],
  [
    'a huge size',
    input('"name":"x","datatype":"FP32","shape":[99999999999999999999],"data":[1]'),
    /^inputs\[0\]\.shape: expected a non-negative integer/,
  ],
  [
    'a shape that is a number',
    input('"name":"x","datatype":"FP32","shape":3,"data":[1]'),
    /^inputs\[0\]\.shape: expected an array of sizes, found '3'/,
  ],
  [
    'too many dimensions',
    input(`"name":"x","datatype":"FP32","shape":[${'1,'.repeat(32)}1],"data":[1]`),
    /^inputs\[0\]\.shape: has more than 32 dimensions/,
  ],
  [
    'too many elements',
    data('FP32', '[65536,65536]', '[1]'),
    /^inputs\[0\]\.shape: .*more than 2147483647 elements/,
    { code: 'PAYLOAD_TOO_LARGE' },
  ],
  [
    'too many bytes',
    data('FP64', '[200000000]', '[1]'),
    /^inputs\[0\]\.data: .*1600000000 bytes; the limit is 1073741824/,
    { code: 'PAYLOAD_TOO_LARGE' },
  ],
  [
    'more elements than the body could hold',
    data('FP32', '[100000000]', '[1]'),
    /^inputs\[0\]\.data: shape \[100000000\] takes 100000000 elements, more than the rest of the JSON can hold/,
  ],
  ['an input twice', `{"inputs":[${good},${good}]}`, /^inputs\[1\]: input 'x' comes twice; the second starts at byte/],
  [
    'shared memory',
    input(`${head},"parameters":{"shared_memory_region":"r"}`),
    /^inputs\[0\]\.parameters\.shared_memory_region: shared memory is not supported/,
    { code: 'UNSUPPORTED' },
  ],
  [
    'shared memory for an output',
    `{"inputs":[${good}],"outputs":[{"name":"y","parameters":{"shared_memory_region":"r"}}]}`,
    /^outputs\[0\]\.parameters\.shared_memory_region/,
    { code: 'UNSUPPORTED' },
  ],
];

const DATA: readonly Case[] = [
  [
    'too few',
    data('FP32', '[3]', '[1,2]'),
    /^inputs\[0\]\.data: has 2 elements, but shape \[3\] takes 3; it ends at byte/,
  ],
  ['too many', data('FP32', '[1]', '[1,2]'), /^inputs\[0\]\.data: has more than the 1 elements of the shape at byte/],
  [
    'too many, far on',
    data('UINT8', '[3000]', `[${Array.from({ length: 3001 }, () => 1).join()}]`),
    /has more than the 3000 elements/,
  ],
  ['none where some are declared', data('FP32', '[1]', '[]'), /has 0 elements, but shape \[1\] takes 1/],
  ['some where none are declared', data('FP32', '[0]', '[1]'), /has more than the 0 elements/],
  ['not an array', data('FP32', '[1]', '1'), /^inputs\[0\]\.data: expected an array, found '1'/],
  ['null', data('FP32', '[1]', '[null]'), /^inputs\[0\]\.data: expected a number, found 'n'/],
  ['NaN', data('FP32', '[1]', '[NaN]'), /expected a number, found 'N'/],
  ['Infinity', data('FP32', '[1]', '[-Infinity]'), /expected a number, found 'I'/],
  ['a string for a number', data('FP32', '[1]', '["1"]'), /expected a number, found '"'/],
  ['a number for a string', data('BYTES', '[1]', '[1]'), /expected a string for BYTES, found '1'/],
  ['a boolean for a number', data('INT32', '[1]', '[true]'), /expected a number, found 't'/],
  ['2 for BOOL', data('BOOL', '[1]', '[2]'), /expected true or false for BOOL, found '2'/],
  ['10 for BOOL', data('BOOL', '[1]', '[10]'), /expected true or false for BOOL/],
  ['a fraction for an integer', data('INT32', '[1]', '[1.0]'), /expected an integer for INT32, found 1\.0/],
  ['an exponent for an integer', data('INT64', '[1]', '[1e3]'), /expected an integer for INT64, found 1e3/],
  ['256 for UINT8', data('UINT8', '[1]', '[256]'), /256 is out of the range of UINT8/],
  ['-1 for UINT32', data('UINT32', '[1]', '[-1]'), /-1 is out of the range of UINT32/],
  ['2^63 for INT64', data('INT64', '[1]', '[9223372036854775808]'), /9223372036854775808 is out of the range of INT64/],
  ['-1 for UINT64', data('UINT64', '[1]', '[-1]'), /-1 is out of the range of UINT64/],
  ['2^64 for UINT64', data('UINT64', '[1]', '[18446744073709551616]'), /out of the range of UINT64/],
  ['40 digits for INT64', data('INT64', '[1]', `[${'9'.repeat(40)}]`), /9{40} is out of the range of INT64/],
  ['1e39 for FP32', data('FP32', '[1]', '[1e39]'), /1e39 is out of the range of FP32/],
  ['1e400 for FP64', data('FP64', '[1]', '[-1e400]'), /-1e400 is out of the range of FP64/],
  ['a leading zero', data('INT32', '[1]', '[01]'), /number has a leading zero/],
  ['a leading zero, 64 bits', data('INT64', '[1]', '[01]'), /number has a leading zero/],
  ['a leading plus', data('FP32', '[1]', '[+1]'), /expected a number, found '\+'/],
  ['a leading point', data('FP32', '[1]', '[.5]'), /expected a number, found '\.'/],
  ['a trailing point', data('FP32', '[1]', '[1.]'), /expected a digit after the decimal point/],
  ['an empty exponent', data('FP64', '[1]', '[1e]'), /expected a digit in the exponent/],
  ['a minus alone', data('INT32', '[1]', '[-]'), /expected a number, found '\]'/],
  ['hexadecimal', data('INT32', '[1]', '[0x1]'), /expected ',' or '\]', found 'x'/],
  ['a number without end', data('FP64', '[1]', `[${'1'.repeat(5000)}]`), /number is longer than 1024 characters/],
  ['a trailing comma', data('INT32', '[2]', '[1,2,]'), /has more than the 2 elements|expected a number, found '\]'/],
  ['a comma first', data('INT32', '[1]', '[,1]'), /expected a number, found ','/],
  ['no comma', data('INT32', '[2]', '[1 2]'), /expected ',' or '\]', found '2'/],
  ['another nesting', data('INT32', '[3,2]', '[[1,2,3],[4,5,6]]'), /is nested as \[2,3\], but the shape is \[3,2\]/],
  ['ragged nesting', data('INT32', '[2,2]', '[[1,2,3],[4]]'), /has arrays of 3 and of 1 elements on one level/],
  ['values beside arrays', data('INT32', '[2]', '[[1],2]'), /mixes arrays and values on one level/],
  ['arrays beside values', data('INT32', '[2]', '[1,[2]]'), /mixes arrays and values on one level/],
  ['FP16', data('FP16', '[1]', '[1]'), /^inputs\[0\]\.data: FP16 cannot travel in JSON; send it as binary data/],
  ['BF16', data('BF16', '[1]', '[1]'), /BF16 cannot travel in JSON/],
  ['INT4', data('INT4', '[1]', '[1]'), /INT4 cannot travel in JSON/],
  [
    'data before a wrong type',
    input('"data":[1,2.5],"name":"x","datatype":"INT32","shape":[2]'),
    /^inputs\[0\]\.data: expected an integer for INT32, found 2\.5 at byte 22$/,
  ],
  [
    'a lone surrogate in data',
    data('BYTES', '[1]', '["\\udfff"]'),
    /^inputs\[0\]\.data: string has a lone low surrogate/,
  ],
  ['an open string', data('BYTES', '[1]', '["abc'), /the closing quote of a string|more than the rest/],
];

const PARAMETERS: readonly Case[] = [
  [
    'priority as string',
    '{"parameters":{"priority":"1"},"inputs":[]}',
    /^parameters\.priority: expected a number, found '"'/,
  ],
  [
    'a negative priority',
    '{"parameters":{"priority":-1},"inputs":[]}',
    /^parameters\.priority: expected a non-negative integer, found -1/,
  ],
  [
    'a huge priority',
    '{"parameters":{"priority":4294967296},"inputs":[]}',
    /^parameters\.priority: 4294967296 is more than 4294967295/,
  ],
  [
    'a fractional timeout',
    '{"parameters":{"timeout":1.5},"inputs":[]}',
    /^parameters\.timeout: expected a non-negative integer/,
  ],
  [
    'binary_data_output as number',
    '{"parameters":{"binary_data_output":1},"inputs":[]}',
    /^parameters\.binary_data_output: expected true or false/,
  ],
  [
    'sequence_start as string',
    '{"parameters":{"sequence_start":"yes"},"inputs":[]}',
    /^parameters\.sequence_start: expected true or false/,
  ],
  [
    'a negative sequence_id',
    '{"parameters":{"sequence_id":-5},"inputs":[]}',
    /^parameters\.sequence_id: expected an unsigned 64-bit integer or a string, found -5/,
  ],
  [
    'a nested parameter',
    '{"parameters":{"x":{}},"inputs":[]}',
    /^parameters\.x: expected a string, a number or a boolean, found '\{'/,
  ],
  [
    'a null parameter',
    '{"parameters":{"x":null},"inputs":[]}',
    /^parameters\.x: expected a string, a number or a boolean/,
  ],
  ['a parameter twice', '{"parameters":{"x":1,"x":2},"inputs":[]}', /^parameters: key 'x' comes twice/],
  ['parameters as array', '{"parameters":[],"inputs":[]}', /^parameters: expected an object, found '\['/],
  ['an output without name', '{"inputs":[],"outputs":[{}]}', /^outputs\[0\]: has no 'name'/],
  ['an output twice', '{"inputs":[],"outputs":[{"name":"y"},{"name":"y"}]}', /^outputs\[1\]: output 'y' comes twice/],
  [
    'binary_data as string',
    '{"inputs":[],"outputs":[{"name":"y","parameters":{"binary_data":"true"}}]}',
    /^outputs\[0\]\.parameters\.binary_data: expected true or false/,
  ],
  [
    'a negative classification',
    '{"inputs":[],"outputs":[{"name":"y","parameters":{"classification":-1}}]}',
    /^outputs\[0\]\.parameters\.classification: expected a non-negative/,
  ],
];

for (const [group, cases] of Object.entries({ DOCUMENT, HEAD, DATA, PARAMETERS })) {
  void describe(`refused: ${group.toLowerCase()}`, () => {
    for (const [name, body, message, options] of cases) {
      void test(name, () => refused(body, message, options));
    }
  });
}

void test('too many inputs and outputs', async () => {
  const inputs = Array.from(
    { length: 257 },
    (_, i) => `{"name":"x${i}","datatype":"INT8","shape":[0],"data":[]}`,
  ).join();
  await refused(`{"inputs":[${inputs}]}`, /^inputs: has more than 256 inputs/);
  const outputs = Array.from({ length: 257 }, (_, i) => `{"name":"y${i}"}`).join();
  await refused(`{"inputs":[],"outputs":[${outputs}]}`, /^outputs: has more than 256 outputs/);
});

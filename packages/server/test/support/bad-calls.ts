import { deflateSync, gzipSync } from 'node:zlib';
import { invalid, type BadRequest } from './bad-request.ts';

const good = JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] }] });

const HEADERS: readonly BadRequest[] = [
  {
    name: 'an unknown content coding',
    body: good,
    headers: { 'Content-Encoding': 'br' },
    status: 501,
    code: 'UNSUPPORTED',
    message: /Content-Encoding/,
  },
  {
    name: 'two content codings',
    body: good,
    headers: { 'Content-Encoding': 'gzip, gzip' },
    status: 501,
    code: 'UNSUPPORTED',
    message: /Content-Encoding/,
  },
  invalid('text that claims to be gzip', good, /request body.*gzip/, {
    headers: { 'Content-Encoding': 'gzip' },
  }),
  invalid('gzip that is cut short', gzipSync(good).subarray(0, 40), /request body.*gzip/, {
    headers: { 'Content-Encoding': 'gzip' },
  }),
  invalid('deflate with a broken checksum', flipped(deflateSync(good)), /request body.*deflate/, {
    headers: { 'Content-Encoding': 'deflate' },
  }),
  {
    name: 'a gzip bomb',
    body: gzipSync(Buffer.alloc(10_000_000)),
    headers: { 'Content-Encoding': 'gzip' },
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
    message: /request body/,
  },
  {
    name: 'a body larger than the limit',
    body: Buffer.alloc(70_000, 32),
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
    message: /request body.*65536/,
  },
  invalid('a timeout that is text', good, /Rangefinder-Timeout-Ms/, {
    headers: { 'Rangefinder-Timeout-Ms': 'soon' },
  }),
  invalid('a timeout of nothing', good, /Rangefinder-Timeout-Ms/, {
    headers: { 'Rangefinder-Timeout-Ms': '0' },
  }),
  invalid('an expectation that nobody knows', good, /Expect/, { headers: { Expect: 'miracles' } }),
  {
    name: 'a page of another site',
    body: good,
    headers: { 'Sec-Fetch-Site': 'cross-site' },
    status: 403,
    code: 'FORBIDDEN',
    message: /Sec-Fetch-Site/,
  },
  {
    name: 'a page of another origin',
    body: good,
    headers: { Origin: 'http://evil.example' },
    status: 403,
    code: 'FORBIDDEN',
    message: /Origin/,
  },
  {
    name: 'a browser with a rebound name',
    path: '/v2',
    method: 'GET',
    headers: { Host: 'evil.example', 'Sec-Fetch-Site': 'same-origin' },
    status: 403,
    code: 'FORBIDDEN',
    message: /Host/,
  },
];

const PATHS: readonly BadRequest[] = [
  {
    name: 'an unknown model',
    path: '/v2/models/nope/infer',
    body: good,
    status: 404,
    code: 'NOT_FOUND',
    message: /nope/,
  },
  {
    name: 'an unknown version',
    path: '/v2/models/echo/versions/9/infer',
    body: good,
    status: 404,
    code: 'NOT_FOUND',
    message: /version.*9/,
  },
  invalid('a version that is no number', good, /version/, { path: '/v2/models/echo/versions/latest/infer' }),
  invalid('a model name with a slash in it', good, /model name/, { path: '/v2/models/..%2Fecho/infer' }),
  invalid('a model name beyond the limit', good, /model name/, { path: `/v2/models/${'m'.repeat(65)}/infer` }),
  invalid('a model name with a null in it', good, /model name/, { path: '/v2/models/a%00b/infer' }),
  invalid('broken percent encoding', good, /path/, { path: '/v2/models/%zz/infer' }),
  invalid('percent encoding that is not UTF-8', good, /path/, { path: '/v2/models/%ff/infer' }),
  {
    name: 'an unknown endpoint',
    path: '/v3/models',
    method: 'GET',
    status: 404,
    code: 'NOT_FOUND',
    message: /\/v3\/models/,
  },
  {
    name: 'an empty model name',
    path: '/v2/models//infer',
    body: good,
    status: 404,
    code: 'NOT_FOUND',
    message: /endpoint/,
  },
  { name: 'infer with GET', method: 'GET', status: 405, code: 'METHOD_NOT_ALLOWED', message: /method.*POST.*GET/ },
  {
    name: 'metadata with POST',
    path: '/v2/models/echo',
    body: '{}',
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
    message: /method/,
  },
  { name: 'infer with DELETE', method: 'DELETE', status: 405, code: 'METHOD_NOT_ALLOWED', message: /method/ },
  {
    name: 'statistics of an unknown model',
    path: '/v2/models/nope/stats',
    method: 'GET',
    status: 404,
    code: 'NOT_FOUND',
    message: /nope/,
  },
  {
    name: 'readiness of an unknown model',
    path: '/v2/models/nope/ready',
    method: 'GET',
    status: 404,
    code: 'NOT_FOUND',
    message: /nope/,
  },
  {
    name: 'batches of an unknown version',
    path: '/api/v1/models/echo/versions/7/batches',
    method: 'GET',
    status: 404,
    code: 'NOT_FOUND',
    message: /7/,
  },
  {
    name: 'a path out of the dashboard',
    path: '/assets/..%2f..%2fpackage.json',
    method: 'GET',
    status: 404,
    code: 'NOT_FOUND',
    message: /dashboard/,
  },
];

const CONTROL: readonly BadRequest[] = [
  invalid('an index request that is a list', '[]', /request body/, { path: '/v2/repository/index' }),
  invalid('an index request with text for ready', '{"ready":"yes"}', /ready/, { path: '/v2/repository/index' }),
  invalid('a load whose configuration is an object', '{"parameters":{"config":{}}}', /parameters\.config/, {
    path: '/v2/repository/models/echo/load',
  }),
  invalid('a load with an unknown parameter', '{"parameters":{"colour":"red"}}', /parameters\.colour/, {
    path: '/v2/repository/models/echo/load',
  }),
  invalid(
    'a load with a file outside its version',
    '{"parameters":{"config":"{}","file:1/../../x":"AAAA"}}',
    /parameters\.file/,
    { path: '/v2/repository/models/echo/load' },
  ),
  invalid(
    'a load with a file that is not base64',
    '{"parameters":{"config":"{}","file:1/model.json":"***"}}',
    /parameters\.file/,
    { path: '/v2/repository/models/echo/load' },
  ),
  {
    name: 'a load of an unknown model',
    path: '/v2/repository/models/nope/load',
    body: '{}',
    status: 404,
    code: 'NOT_FOUND',
    message: /nope/,
  },
  invalid(
    'an unload with text for its flag',
    '{"parameters":{"unload_dependents":"no"}}',
    /parameters\.unload_dependents/,
    { path: '/v2/repository/models/echo/unload' },
  ),
  {
    name: 'an unload of an unknown model',
    path: '/v2/repository/models/nope/unload',
    body: '',
    status: 404,
    code: 'NOT_FOUND',
    message: /nope/,
  },
  invalid('an unknown log setting', '{"log_colour":true}', /log_colour/, { path: '/v2/logging' }),
  invalid('a log level that is text', '{"log_verbose_level":"much"}', /log_verbose_level/, { path: '/v2/logging' }),
  {
    name: 'a log file',
    path: '/v2/logging',
    body: '{"log_file":"/etc/passwd"}',
    status: 501,
    code: 'UNSUPPORTED',
    message: /log_file/,
  },
  invalid('a trace rate that is text', '{"trace_rate":"often"}', /trace_rate/, { path: '/v2/trace/setting' }),
  invalid('an unknown trace level', '{"trace_level":["EVERYTHING"]}', /trace_level/, { path: '/v2/trace/setting' }),
  invalid('an unknown trace setting', '{"trace_colour":"red"}', /trace_colour/, { path: '/v2/trace/setting' }),
  {
    name: 'a trace file',
    path: '/v2/trace/setting',
    body: '{"trace_file":"/tmp/x"}',
    status: 501,
    code: 'UNSUPPORTED',
    message: /trace_file/,
  },
  {
    name: 'trace settings of an unknown model',
    path: '/v2/models/nope/trace/setting',
    body: '{}',
    status: 404,
    code: 'NOT_FOUND',
    message: /nope/,
  },
];

const FAILURES: readonly BadRequest[] = [
  {
    name: 'a run that fails',
    path: '/v2/models/failing/infer',
    body: JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'FP32', data: [1] }] }),
    status: 500,
    code: 'INTERNAL',
    message: /fail/,
  },
];

/** What can be wrong around the tensors: headers, paths, methods, control calls, and a model that fails. */
export const BAD_CALLS: readonly BadRequest[] = [...HEADERS, ...PATHS, ...CONTROL, ...FAILURES];

function flipped(bytes: Buffer): Buffer {
  bytes[bytes.length - 1]! ^= 0xff;
  return bytes;
}

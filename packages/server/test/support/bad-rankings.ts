import { gzipSync } from 'node:zlib';
import type { BadRequest } from './bad-request.ts';

const FILMS = '/v1/rankers/films/rank';
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `f${i}`);

/** A request that would be fine but for `change`, as text, for what JSON.stringify cannot write. */
function ada(change: string): string {
  return `{"user":"ada","context":{"evening":true},${change}}`;
}

function refused(name: string, body: string | Uint8Array, message: RegExp, rest: Partial<BadRequest> = {}): BadRequest {
  return { name, path: FILMS, body, message, status: 400, code: 'INVALID_ARGUMENT', ...rest };
}

const TOO_LARGE = { status: 413, code: 'PAYLOAD_TOO_LARGE' };

const BODIES: readonly BadRequest[] = [
  refused('no body', '', /^user: required/),
  refused('half a body', '{', /^request body: expected JSON/),
  refused('a list', '[]', /^request body: expected an object, got an empty array/),
  refused('a number', '7', /^request body: expected an object, got 7/),
  refused('nothing', 'null', /^request body: expected an object, got null/),
  refused('NaN, which is no JSON', '{"user":NaN}', /^request body: expected JSON/),
  refused('text that is no UTF-8', Buffer.from('{"user":"\xff\xfe"}', 'latin1'), /^request body: expected UTF-8/),
  refused(
    'a filter of 200 levels',
    ada(`"filter":${'{"not":'.repeat(200)}{}${'}'.repeat(200)}`),
    /^request body: .*100 deep/,
  ),
  refused('an unknown field', ada('"colour":1'), /^colour: unknown key/),
  refused('__proto__', ada('"__proto__":{"user":"x"}'), /^__proto__: unknown key/),
  refused('more than 4 MiB', Buffer.alloc(4 * 1024 * 1024 + 1, 32), /^request body: 4194305 bytes/, TOO_LARGE),
  refused('4 MiB once it is inflated', gzipSync(Buffer.alloc(4 * 1024 * 1024 + 1, 32)), /^request body/, {
    ...TOO_LARGE,
    headers: { 'Content-Encoding': 'gzip' },
  }),
];

const USERS: readonly BadRequest[] = [
  refused('no user', '{"context":{"evening":true}}', /^user: required/),
  refused('a user that is a number', '{"user":7}', /^user: expected a string, got 7/),
  refused('a user that is null', '{"user":null}', /^user: expected a string, got null/),
  refused(
    'an empty user',
    '{"user":"","context":{"evening":true}}',
    /^user: expected a string of 1 to 1024 characters/,
  ),
  refused('a user of 5,000 characters', `{"user":"${'u'.repeat(5_000)}"}`, /^user: .*got 5000 characters/),
  refused('a request id that is a number', ada('"request_id":7'), /^request_id: expected a string/),
  refused(
    'a request id of 5,000 characters',
    ada(`"request_id":"${'r'.repeat(5_000)}"`),
    /^request_id: expected at most 1024/,
  ),
  refused('explain that is text', ada('"explain":"yes"'), /^explain: expected true or false/),
];

function context(name: string, value: string, message: RegExp, rest: Partial<BadRequest> = {}): BadRequest {
  return refused(name, `{"user":"ada","context":${value}}`, message, rest);
}

const MOODS = { path: '/v1/rankers/moods/rank' };

const CONTEXTS: readonly BadRequest[] = [
  refused('no context where one is read', '{"user":"ada"}', /^context\.evening: missing; ranker 'films' reads it/),
  context('a context that is a list', '[]', /^context: expected an object/),
  context('a context that is null', 'null', /^context: expected an object/),
  context(
    'text for a number of a formula',
    '{"evening":"yes"}',
    /^context\.evening: expected a number, or true or false/,
  ),
  context(
    'a list for a number of a formula',
    '{"evening":[1]}',
    /^context\.evening: expected a number, or true or false/,
  ),
  context('an object', '{"evening":{}}', /^context\.evening: expected a finite number/),
  context('null', '{"evening":null}', /^context\.evening: expected a finite number/),
  context('a number too large for JSON', '{"evening":1e999}', /^context\.evening: expected a finite number/),
  context('a number too small for JSON', '{"evening":-1e999}', /^context\.evening: expected a finite number/),
  context(
    'an infinity in a vector',
    '{"evening":1,"v":[1,1e999]}',
    /^context\.v: expected .* a list of finite numbers/,
  ),
  context('a list of lists', '{"evening":1,"v":[[1]]}', /^context\.v: expected/),
  context('a list of several types', '{"evening":1,"v":[1,"a"]}', /^context\.v: expected/),
  context('__proto__ in the context', '{"evening":1,"__proto__":{"polluted":1}}', /^context\.__proto__: expected/),
  context(
    '1,001 values',
    JSON.stringify({ evening: 1, v: ids(1_001).map(() => 1) }),
    /^context: .*1000 values/,
    TOO_LARGE,
  ),
  context(
    'a name of 5,000 characters',
    JSON.stringify({ evening: 1, ['k'.repeat(5_000)]: 1 }),
    /^context: expected names/,
  ),
  context(
    'a vector of three for one of four',
    '{"mood":[1,2,3]}',
    /^context\.mood: expected 4 numbers.*ctr, got 3/,
    MOODS,
  ),
  context('one number for a vector of four', '{"mood":1}', /^context\.mood: expected 4 numbers.*got 1/, MOODS),
  context('an empty vector', '{"mood":[]}', /^context\.mood: expected 4 numbers.*got 0/, MOODS),
  context(
    'text for the numbers of a model',
    '{"mood":"sad"}',
    /^context\.mood: expected numbers for input X of model/,
    MOODS,
  ),
];

const ITEMS: readonly BadRequest[] = [
  refused('candidates that are text', ada('"candidates":"f3"'), /^candidates: expected an array/),
  refused('candidates that are null', ada('"candidates":null'), /^candidates: expected an array/),
  refused('no candidates', ada('"candidates":[]'), /^candidates: expected at least one item/),
  refused('a candidate that is a number', ada('"candidates":["f3",4]'), /^candidates\[1\]: .*got number/),
  refused('a candidate that is null', ada('"candidates":[null]'), /^candidates\[0\]: .*got null/),
  refused('a candidate without a name', ada('"candidates":["f3",""]'), /^candidates\[1\]: .*got 0 characters/),
  refused(
    '100,000 candidates',
    ada(`"candidates":${JSON.stringify(ids(100_000))}`),
    /^candidates: .*2000.*100000/,
    TOO_LARGE,
  ),
  refused(
    'one candidate too many',
    ada(`"candidates":${JSON.stringify(ids(2_001))}`),
    /^candidates: .*got 2001/,
    TOO_LARGE,
  ),
  refused('exclude that is an object', ada('"exclude":{}'), /^exclude: expected an array/),
  refused('an excluded item that is a number', ada('"exclude":[3]'), /^exclude\[0\]: expected a string/),
  refused('10,001 excluded items', ada(`"exclude":${JSON.stringify(ids(10_001))}`), /^exclude: .*10000/, TOO_LARGE),
  refused('a filter that is text', ada('"filter":"genre = g1"'), /^filter: expected an object/),
  refused('a filter that is a list', ada('"filter":[]'), /^filter: expected an object/),
  refused('an empty filter', ada('"filter":{}'), /^filter: expected an object with exactly one/),
  refused(
    'an operator that nobody knows',
    ada('"filter":{"equals":{"genre":"g1"}}'),
    /^filter: unknown operator "equals"/,
  ),
  refused(
    'an attribute that nobody knows',
    ada('"filter":{"eq":{"genres":"g1"}}'),
    /^filter\.eq: unknown attribute "genres"/,
  ),
  refused(
    'a filter value of another type',
    ada('"filter":{"eq":{"available":"yes"}}'),
    /^filter\.eq\.available: expected true/,
  ),
  refused(
    'a range of what has no order',
    ada('"filter":{"range":{"available":{"gte":1e999}}}'),
    /^filter\.range\.available/,
  ),
];

const PAGES: readonly BadRequest[] = [
  refused('a page that is a list', ada('"page":[]'), /^page: expected an object/),
  refused('a page of nothing', ada('"page":{"size":0}'), /^page\.size: expected an integer ≥ 1/),
  refused('a page of less', ada('"page":{"size":-1}'), /^page\.size: expected an integer ≥ 1/),
  refused('a page and a half', ada('"page":{"size":1.5}'), /^page\.size: expected an integer/),
  refused('a page without end', ada('"page":{"size":1e999}'), /^page\.size: expected an integer/),
  refused(
    'a page larger than the ranker allows',
    ada('"page":{"size":501}'),
    /^page\.size: expected an integer from 1 to 500/,
  ),
  refused('an offset before the beginning', ada('"page":{"offset":-1}'), /^page\.offset: expected an integer ≥ 0/),
  refused('an offset beyond all items', ada('"page":{"offset":1000001}'), /^page\.offset: .*1000000/),
  refused('a field of a page that is unknown', ada('"page":{"limit":1}'), /^page\.limit: unknown key/),
  refused('a cursor that is none', ada('"page":{"cursor":"x"}'), /^page\.cursor: expected a cursor/),
  refused('an empty cursor', ada('"page":{"cursor":""}'), /^page\.cursor: expected a cursor/),
  refused('a cursor to before the beginning', ada('"page":{"cursor":"-5.r1"}'), /^page\.cursor: expected a cursor/),
  refused('a cursor that is a number', ada('"page":{"cursor":7}'), /^page\.cursor: expected a string/),
  refused(
    'a cursor of a request that is forgotten',
    ada('"page":{"cursor":"10.gone"}'),
    /^page\.cursor: request 'gone'/,
    {
      status: 404,
      code: 'NOT_FOUND',
    },
  ),
];

const DEADLINES: readonly BadRequest[] = [
  refused('no time', ada('"deadline_ms":0'), /^deadline_ms: expected a number > 0, got 0/),
  refused('less than no time', ada('"deadline_ms":-1'), /^deadline_ms: expected a number > 0, got -1/),
  refused('a deadline that is text', ada('"deadline_ms":"soon"'), /^deadline_ms: expected a number > 0/),
  refused('a deadline that is null', ada('"deadline_ms":null'), /^deadline_ms: expected a number > 0/),
  refused('a deadline too large for JSON', ada('"deadline_ms":1e999'), /^deadline_ms: expected a number > 0/),
  refused('a deadline that has passed', ada('"deadline_ms":1e-9'), /deadline passed/, {
    status: 504,
    code: 'DEADLINE_EXCEEDED',
  }),
  refused('a header of no time', ada('"explain":false'), /^Rangefinder-Timeout-Ms: /, {
    headers: { 'Rangefinder-Timeout-Ms': '0' },
  }),
  refused('a header of less than no time', ada('"explain":false'), /^Rangefinder-Timeout-Ms: /, {
    headers: { 'Rangefinder-Timeout-Ms': '-5' },
  }),
];

const RERANKS: readonly BadRequest[] = [
  refused('rerank that is a list', ada('"rerank":[]'), /^rerank: expected an object/),
  refused(
    'lambda above 1',
    ada('"rerank":{"mmr_lambda":2}'),
    /^rerank\.mmr_lambda: expected a number from 0 to 1, got 2/,
  ),
  refused(
    'lambda without an MMR',
    '{"user":"ada","context":{"mood":[1,2,3,4]},"rerank":{"mmr_lambda":1}}',
    /^rerank\.mmr_lambda: the ranker declares no mmr/,
    MOODS,
  ),
  refused(
    'a limit of what is not limited',
    ada('"rerank":{"max_per_value":{"year":1}}'),
    /^rerank\.max_per_value\.year/,
  ),
  refused(
    'a limit of none',
    ada('"rerank":{"max_per_value":{"genre":0}}'),
    /^rerank\.max_per_value\.genre: expected an integer/,
  ),
  refused('a field of rerank that is unknown', ada('"rerank":{"depth":1}'), /^rerank\.depth: unknown key/),
];

const good = ada('"explain":false');

const PATHS: readonly BadRequest[] = [
  refused('an unknown ranker', good, /^ranker 'filmz': unknown ranker \(did you mean films\?\)/, {
    path: '/v1/rankers/filmz/rank',
    status: 404,
    code: 'NOT_FOUND',
  }),
  refused('a ranker whose name is broken', good, /^path: expected valid percent-encoded UTF-8/, {
    path: '/v1/rankers/%zz/rank',
  }),
  refused('no ranker', good, /^no endpoint/, { path: '/v1/rankers//rank', status: 404, code: 'NOT_FOUND' }),
  refused('ranking with PUT', good, /^method: expected one of POST/, {
    method: 'PUT',
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
  }),
];

/** What can be wrong with a ranking request. */
export const BAD_RANKINGS: readonly BadRequest[] = [
  ...BODIES,
  ...USERS,
  ...CONTEXTS,
  ...ITEMS,
  ...PAGES,
  ...DEADLINES,
  ...RERANKS,
  ...PATHS,
];

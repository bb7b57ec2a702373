import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serverOptions, startServer, type RunningServer } from '@rangefinder/server';
import { TemporaryFolder } from './model-repository.ts';

/** `rangefinder import` as a process of its own, beside a server that serves from the same embedded store. */

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const VIEWS = `
entities: [{ name: user, joinKey: user_id }]
views:
  - name: profile
    entity: user
    features:
      - { name: age, dataType: INT32 }
      - { name: watched, dataType: INT64, list: 3 }
`;

let folder: TemporaryFolder;
let server: RunningServer;

before(async () => {
  folder = new TemporaryFolder();
  folder.write('features.yaml', VIEWS);
  folder.write('models/.keep', '');
  const options = {
    featureRepository: folder.path,
    modelRepository: [`${folder.path}/models`],
    httpPort: 0,
    grpc: false,
    metrics: false,
    logLevel: 'error',
  };
  server = await startServer(serverOptions(options));
});

after(async () => {
  await server.close(0);
  folder[Symbol.dispose]();
});

interface Result {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function runImport(...args: string[]): Promise<Result> {
  const env = { ...process.env, RANGEFINDER_FEATURE_REPOSITORY: folder.path };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'import', ...args], { env }, (failure, out, error) => {
      resolve({ code: failure === null ? 0 : Number(failure.code), out, error });
    });
  });
}

async function served(user: string): Promise<unknown[]> {
  const body = { features: ['profile:age', 'profile:watched'], entities: { user_id: [user] } };
  const response = await fetch(`${server.httpUrl}/get-online-features`, { method: 'POST', body: JSON.stringify(body) });
  const { results } = (await response.json()) as { results: { values: unknown[] }[] };
  return results.slice(1).map(({ values }) => values[0]);
}

test('rows of a file are served by a server that runs already', async () => {
  const file = folder.write('users.csv', 'user,age,watched\nada,36,"[1,2]"\nbo,,\n');
  const { code, out, error } = await runImport('profile', file, '--json');
  assert.equal(code, 0, error);
  assert.deepEqual(JSON.parse(out), { view: 'profile', file, rows: 2, applied: 2, late: 0 });
  assert.deepEqual(await served('ada'), [36, [1, 2]]);
  assert.deepEqual(await served('bo'), [null, null]);
});

test('columns, names and event times are as the options say, and what is older gives way', async () => {
  const lines = [
    { id: 'cy', years: 20, at: '2020-01-01T00:00:00Z' },
    { id: 'cy', years: 30, at: '2025-01-01T00:00:00Z' },
    { id: 'cy', years: 10, at: '2010-01-01T00:00:00Z' },
  ];
  const file = folder.write('users.ndjson', lines.map((line) => JSON.stringify(line)).join('\n'));
  const args = ['profile', file, '--entity-column', 'id', '--rename', 'years=age'];
  const first = await runImport(...args, '--event-time-column', 'at');
  assert.equal(first.code, 0, first.error);
  assert.deepEqual(await served('cy'), [30, null]);
  const again = await runImport(...args, '--event-time', '2015-01-01', '--json');
  assert.deepEqual(JSON.parse(again.out), { view: 'profile', file, rows: 3, applied: 0, late: 3 });
  assert.deepEqual(await served('cy'), [30, null]);
});

const MISTAKES: readonly [string, string[], RegExp][] = [
  ['a view that is not there', ['profil', 'users.csv'], /view: expected one of profile, got 'profil'.*did you mean/],
  ['a file that is not there', ['profile', '/nowhere/users.csv'], /\/nowhere\/users\.csv/],
  ['an ending that says nothing', ['profile', 'users.txt'], /users\.txt: expected a name that ends in \.csv/],
  [
    'a store that nobody knows',
    ['profile', 'users.csv', '--feature-store', 'ftp://x'],
    /featureStore: expected embedded/,
  ],
  [
    'a store that ends with the import',
    ['profile', 'users.csv', '--feature-store', 'memory'],
    /featureStore: .*memory/,
  ],
  ['a repository that is none', ['profile', 'users.csv', '--feature-repository', '/nowhere'], /featureRepository: /],
  ['a time that is none', ['profile', 'users.csv', '--event-time', 'soon'], /--event-time: expected ISO 8601/],
  ['a rename without a name', ['profile', 'users.csv', '--rename', 'age'], /--rename: expected COLUMN=FEATURE/],
  [
    'two event times',
    ['profile', 'u.csv', '--event-time', '1', '--event-time-column', 'at'],
    /--event-time: .*got both/,
  ],
];

for (const [what, args, message] of MISTAKES) {
  test(`${what} is a mistake that is named, with exit code 2`, async () => {
    const { code, out, error } = await runImport(...args);
    assert.equal(out, '');
    assert.match(error, message);
    assert.equal(code, 2);
  });
}

test('a bad value names file, row and column', async () => {
  const file = folder.write('bad.csv', 'user,age\ndi,36\ned,old\n');
  const { code, out } = await runImport('profile', file, '--json');
  assert.equal(code, 2);
  const { error } = JSON.parse(out) as { error: { code: string; message: string } };
  assert.equal(error.code, 'INVALID_ARGUMENT');
  assert.match(error.message, /bad\.csv: row 2\.age/);
});

test('a store that is down is no mistake of the command line: exit code 1', async () => {
  const file = folder.write('one.csv', 'user,age\nfi,36\n');
  const { code, error } = await runImport('profile', file, '--feature-store', 'memcached://127.0.0.1:1');
  assert.equal(code, 1, error);
  assert.match(error, /memcached/i);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../src/run-cli.ts';
import { TemporaryFolder } from './model-repository.ts';

async function check(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  let out = '';
  let error = '';
  const code = await runCli(
    ['check', ...args],
    {
      out: { write: (text) => void (out += text), isTerminal: false },
      error: { write: (text) => void (error += text), isTerminal: false },
      environment: {},
      readInput: () => Promise.resolve(new Uint8Array(0)),
      signal: new AbortController().signal,
    },
    '0.0.0',
  );
  return { code, out, error };
}

const BOOKS = `
name: books
items: { file: items.csv, attributes: { genre: keyword } }
sources: [{ name: g, kind: attribute, quota: 5, values: "reader:genres", parameters: { attribute: genre } }]
`;
const VIEWS =
  'views: [{ name: reader, entity: user, maxAgeMs: 0, features: [{ name: genres, dataType: BYTES, list: 3 }] }]';

test('sound rankers; with and without the features that they read', async () => {
  using folder = new TemporaryFolder();
  folder.write('books/ranker.yaml', BOOKS);
  folder.write('books/items.csv', 'id,genre\n1,crime\n');
  const alone = await check(folder.path);
  assert.equal(alone.code, 0, alone.out + alone.error);
  assert.match(alone.out, /✓ books\nfeatures were not checked; .*\n\n1 ranker, no problems/);

  using features = new TemporaryFolder();
  features.write('features.yaml', VIEWS.replace('genres', 'genre'));
  const wrong = await check(folder.path, '--feature-repository', features.path);
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.out,
    /✗ books\n {4}.*books\/ranker\.yaml: sources\[0\]\.values: no feature reader:genres \(did you mean/,
  );

  folder.write('books/features.yaml', VIEWS);
  assert.match((await check(folder.path)).out, /^✓ books\n\n1 ranker, no problems\n$/);
});

test('problems by ranker, as JSON; --no-load reads no items and runs no code', async () => {
  using folder = new TemporaryFolder();
  folder.write('books/ranker.yaml', BOOKS.replace('quota: 5', 'quota: 0'));
  folder.write('films/ranker.yaml', BOOKS.replace('books', 'films'));
  folder.write('films/ranker.js', 'throw new Error("ran")');
  folder.write('more/ranker.yml', 'name: more');
  const whole = await check(folder.path, '--json');
  assert.equal(whole.code, 1);
  const report = JSON.parse(whole.out) as { ok: boolean; rankers: { name: string; ok: boolean; problems: string[] }[] };
  assert.equal(report.ok, false);
  const [books, films, more] = report.rankers;
  assert.match(books!.problems[0]!, /books\/ranker\.yaml: sources\[0\]\.quota: expected an integer from 1/);
  assert.match(films!.problems[0]!, /films\/ranker\.js: cannot be imported: ran/);
  assert.match(more!.problems[0]!, /more\/ranker\.yml: expected the name ranker\.yaml/);
  const declared = JSON.parse((await check(folder.path, '--json', '--no-load')).out) as typeof report;
  assert.deepEqual(declared.rankers.map(({ name, ok }) => [name, ok]), [['books', false], ['films', true], ['more', false]]); // prettier-ignore
});

test('flags of the other kind of repository are refused', async () => {
  using rankers = new TemporaryFolder();
  rankers.write('books/ranker.yaml', 'name: books');
  const model = await check(rankers.path, '--model', 'm');
  assert.equal(model.code, 2);
  assert.match(model.error, /--model: .* has rankers, not models/);
  using models = new TemporaryFolder();
  models.write('m/config.pbtxt', '');
  const features = await check(models.path, '--feature-repository', 'f');
  assert.equal(features.code, 2);
  assert.match(features.error, /--feature-repository: .* has no rankers/);
});

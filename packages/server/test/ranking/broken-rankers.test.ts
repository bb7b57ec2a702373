/** Folders with something wrong: each ends the start with a sentence that names file and field. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import { filmRow, itemsWith, npy, rankerFolder, rankerServer, rankerYaml, type RankerFiles } from './ranker-folders.ts';

const NPY_YAML = rankerYaml('column: plot', 'file: plot.npy');
const yaml = (from: string | RegExp, to: string): RankerFiles => ({ 'films/ranker.yaml': rankerYaml(from, to) });
const row = (line: number, change: Record<string, unknown>): RankerFiles => ({
  'films/items.jsonl': itemsWith(line, filmRow(line - 1, change)),
});
const vectors = (file: Uint8Array): RankerFiles => ({ 'films/ranker.yaml': NPY_YAML, 'films/plot.npy': file });
const ONE_TO_20 = Float32Array.from({ length: 20 }, (_, i) => i + 1);

const CASES: readonly [name: string, files: RankerFiles, ...messages: (string | RegExp)[]][] = [
  ['no YAML', { 'films/ranker.yaml': 'name: [x' }, /films\/ranker\.yaml: /],
  ['an unknown key', yaml('  popular:', '  populer:'), 'films/ranker.yaml: items.populer: unknown key (did you mean popular?)'],
  ['an unknown attribute type', yaml('year: int', 'year: integer'), /films\/ranker\.yaml: items\.attributes\.year: expected/],
  ['no dimensions', yaml(', dimensions: 2', ''), 'items.embeddings.plot.dimensions: required'],
  ['neither column nor file', yaml('column: plot, ', ''), 'films/ranker.yaml: items.embeddings.plot: expected a column or a file'],
  ['an unknown kind', yaml('kind: popular', 'kind: popula'), /films\/ranker\.yaml: sources\[4\]\.kind: no source of kind popula \(did you mean popular\?\)/],
  ['an unknown attribute of a source', yaml('attribute: genre', 'attribute: gnre'), 'films/ranker.yaml: sources[1].parameters.attribute: items have no attribute gnre (did you mean genre?)'],
  ['an attribute of another type', yaml('attribute: genre', 'attribute: year'), 'sources[1].parameters.attribute: expected an attribute of type keyword, keyword_list; year is int'],
  ['no attribute', yaml('parameters: { attribute: added }', 'parameters: {}'), 'sources[2].parameters.attribute: expected an attribute of type timestamp'],
  ['an unknown parameter', yaml('order_by: year', 'orderby: year'), 'sources[1].parameters.orderby: unknown (did you mean order_by?)'],
  ['an unknown embedding', yaml('query: { feature', 'parameters: { embedding: plott }, query: { feature'), 'sources[0].parameters.embedding: items have no embedding plott (did you mean plot?)'],
  ['no query', yaml(/, query: .*/, ' }'), 'films/ranker.yaml: sources[0].query: required by kind ann'],
  ['no values', yaml('values: context.genres, ', ''), 'films/ranker.yaml: sources[1].values: required by kind attribute'],
  ['values for a source that reads none', yaml('kind: popular, quota: 10', 'kind: popular, quota: 10, values: context.x'), 'sources[4].values: kind popular reads none'],
  ['popular items that nothing tells', yaml(/ {2}popular: .*\n/, ''), 'sources[4].kind: expected items.popular, which says what is popular'],
  ['a query of other dimensions', yaml('dimensions: 2', 'dimensions: 3'), 'sources[0].query.feature: taste:vector has 2 values, embedding plot 3 dimensions'],
  ['an unknown feature', yaml('taste:picks', 'taste:pick'), 'films/ranker.yaml: sources[3].values: no feature taste:pick (did you mean taste:picks?)'],
  ['features that nobody serves', { 'films/features.yaml': null }, /^featureRepository: required/m],
  ['a filter over an unknown attribute', yaml('eq: { out', 'eq: { oot'), /films\/ranker\.yaml: filters\.where\[0\]: eq.*oot/],
  ['an embedding that items lack', yaml('filters:', 'rerank: { mmr: { embedding: taste } }\nfilters:'), 'films/ranker.yaml: rerank.mmr.embedding: items have no embedding taste'],
  ['an attribute of re-ranking that items lack', yaml('filters:', 'rerank: { max_per_value: [{ attribute: gender, max: 2 }] }\nfilters:'), 'rerank.max_per_value[0].attribute: items have no attribute gender'],
  ['storage that an exact index has not', yaml('dimensions: 2', 'dimensions: 2, index: exact, storage: int8'), 'items.embeddings.plot.storage: expected float32'],
  ['an odd number of links', yaml('dimensions: 2', 'dimensions: 2, links_max: 9'), 'items.embeddings.plot.links_max: expected an even number, got 9'],
  ['a file that is not there', yaml('items.jsonl', 'item.jsonl'), /films\/ranker\.yaml: items\.file: there is no file "item\.jsonl" in /],
  ['a path that leads out', yaml('file: items.jsonl', 'file: ../items.jsonl'), `films/ranker.yaml: items.file: expected a path within the ranker's folder, got "../items.jsonl"`],
  ['an absolute path', yaml('file: items.jsonl', 'file: /etc/passwd'), `items.file: expected a path within the ranker's folder, got "/etc/passwd"`],
  ['a folder for a file', { ...yaml('file: items.jsonl', 'file: sub'), 'films/sub/x': '' }, 'items.file: "sub" is no file'],
  ['a format that nobody knows', { ...yaml('file: items.jsonl', 'file: items.txt'), 'films/items.txt': '' }, /items\.txt: expected a name that ends in \.csv/],
  ['no items', { 'films/items.jsonl': '\n' }, /films\/items\.jsonl: has no items in it/],
  ['a line that is not JSON', { 'films/items.jsonl': `${filmRow(0)}\n\n{"id":` }, /films\/items\.jsonl: line 3: not JSON/],
  ['a row without id', row(3, { id: null }), /films\/items\.jsonl: line 3\.id: expected the item's id, text or a whole number, got nothing/],
  ['an id twice', row(4, { id: 'f1' }), /films\/items\.jsonl: line 4\.id: f1 is the id of item 2, too/],
  ['an attribute that is called like what objects have', yaml('year: int', 'year: int, constructor: keyword'), /items\.attributes\.constructor: no row of .* has a column constructor/],
  ['text for a number', row(2, { year: 'soon' }), /films\/items\.jsonl: line 2\.year: expected a whole number, got "soon"/],
  ['a fraction for a whole number', row(2, { year: 1.5 }), /line 2\.year: expected a whole number, got 1\.5/],
  ['a number for a truth', row(5, { out: 7 }), /line 5\.out: expected true or false, got 7/],
  ['a time without zone', row(5, { added: '2026-01-01T10:00' }), /line 5\.added: expected Unix milliseconds or ISO 8601/],
  ['text for a list', row(5, { tags: 'a, b' }), /line 5\.tags: expected a list as JSON, got "a, b"/],
  ['a popularity that is none', row(5, { votes: 'many' }), /line 5\.votes: expected a number, got "many"/],
  ['a vector of other dimensions', row(6, { plot: [1, 2, 3] }), /films\/items\.jsonl: line 6\.plot: expected 2 dimensions, got 3/],
  ['a vector with nothing in it', row(6, { plot: [1, null] }), /line 6\.plot: expected a list of numbers, got a list/],
  ['a vector of zeros', row(6, { plot: [0, 0] }), /line 6\.plot: a vector of zeros has no direction/],
  ['a column that is in no row', yaml('column: votes', 'column: vots'), /films\/ranker\.yaml: items\.popular\.column: no row of .*items\.jsonl has a column vots \(did you mean votes\?\)/],
  ['too many items', yaml('items:\n', 'items:\n  limits: { items: 9 }\n'), /items\.jsonl: more than 9 items, the limit \(items\.limits\.items\)/],
  ['too many bytes', yaml('items:\n', 'items:\n  limits: { bytes: 1000 }\n'), /films\/ranker\.yaml: items\.limits\.bytes: .* more than the limit of 1000/],
  ['an index in no server', yaml('dimensions: 2', 'dimensions: 2, index: pgvector'), /films\/ranker\.yaml.*items\.embeddings\.plot\.server: required for index: pgvector/],
  ['a server for no index', yaml('dimensions: 2', 'dimensions: 2, server: { url_env: X }'), /items\.embeddings\.plot\.server: expected index: pgvector or redis with it, got auto/],
  ['8-bit vectors in a server', yaml('dimensions: 2', 'dimensions: 2, index: redis, storage: int8, server: { url_env: X }'), /items\.embeddings\.plot\.storage: expected float32 or float16 for index: redis, got int8/],
  ['a server in a variable that is not set', yaml('dimensions: 2', 'dimensions: 2, index: pgvector, server: { url_env: RANGEFINDER_TEST_ABSENT }'), /films\/ranker\.yaml: items\.embeddings\.plot: server\.url_env: the environment has no RANGEFINDER_TEST_ABSENT/],
  ['vectors that are not NumPy', vectors(Buffer.from('nonsense that is long enough')), /films\/plot\.npy: not a \.npy file/],
  ['vectors of another shape', vectors(npy('<f4', [5, 4], ONE_TO_20)), /films\/plot\.npy: expected \[10,2\], .* got \[5,4\]/],
  ['vectors of another type', vectors(npy('<i4', [10, 2], ONE_TO_20)), /films\/plot\.npy: expected little-endian floats in row order, got <i4/],
  ['vectors that are cut short', vectors(npy('<f4', [10, 2], ONE_TO_20.subarray(3))), /films\/plot\.npy: cut short/],
  ['NaN in a vector', vectors(npy('<f4', [10, 2], ONE_TO_20.with(9, Number.NaN))), /films\/plot\.npy: row 5: expected finite numbers, got NaN or an infinity/],
  ['a list of unknown items', { ...yaml('column: votes', 'file: top.txt'), 'films/top.txt': 'f3\nf99\n' }, /films\/top\.txt: line 2: no item has the id f99/],
  ['a list with an item twice', { ...yaml('column: votes', 'file: top.txt'), 'films/top.txt': 'f3\nf4\nf3' }, /films\/top\.txt: line 3: f3 is in line 1, too/],
  ['views that make no sense', { 'films/features.yaml': 'views: 1' }, /films\/features\.yaml: views/],
  ['two places for features', { 'more/ranker.yaml': 'name: more', 'more/features.yaml': 'views: []' }, /more\/features\.yaml: a server has features from one place, and has them from .*films\/features\.yaml already/],
  ['a name twice', { 'other/ranker.yaml': 'name: films' }, /other\/ranker\.yaml: name: films is the ranker of .*films\/ranker\.yaml/],
  ['a name that nearly fits', { 'films/ranker.yaml': null, 'films/ranker.yml': 'name: films' }, /films\/ranker\.yml: expected the name ranker\.yaml/],
  ['no rankers', { 'films/ranker.yaml': null }, /has no rankers in it: expected DIR\/NAME\/ranker\.yaml/],
  ['a ranker for a repository', { 'ranker.yaml': 'name: films' }, /ranker\.yaml: the repository is the folder above/],
  ['code that does not parse', { 'films/ranker.js': 'export const setup = (' }, /films\/ranker\.js: cannot be imported: /],
  ['code with a default export', { 'films/ranker.js': 'export default () => {}' }, /films\/ranker\.js: expected an export named setup or transforms, not a default one/],
  ['code that exports nothing known', { 'films/ranker.ts': 'export const setp = 1' }, /films\/ranker\.ts: expected an export named .* \(did you mean setup\?\)/],
  ['setup that is no function', { 'films/ranker.js': 'export const setup = 1' }, /films\/ranker\.js: expected setup to be a function/],
  ['setup that throws', { 'films/ranker.ts': 'export function setup(): void {\n  throw new Error("no luck");\n}' }, /films\/ranker\.ts: setup: no luck \(at 2:9\)/],
  ['setup that gives what nobody takes', { 'films/ranker.js': 'export const setup = () => ({ row: [] })' }, /films\/ranker\.js: setup: nobody takes row \(did you mean rows\?\)/],
  ['code in two languages', { 'films/ranker.js': '', 'films/ranker.ts': 'export const setup = () => {}' }, /films\/ranker\.js: expected one of ranker\.ts and ranker\.js/],
  ['a transformation that is none', { 'films/ranker.js': 'export const transforms = [{ name: 1 }]' }, /films\/ranker\.js: expected transforms\[0\] to have name, inputs/],
  ['rows beside a file', { 'films/ranker.js': 'export const setup = () => ({ rows: [] })' }, /films\/ranker\.yaml: items\.file: .*ranker\.js brings rows already/],
  ['no rows at all', yaml('  file: items.jsonl\n', ''), 'films/ranker.yaml: items.file: required where no ranker.ts brings rows'],
  ['bad rows of code', { ...yaml('  file: items.jsonl\n', ''), 'films/ranker.js': `export const setup = () => ({ rows: [${filmRow(0)}, ${filmRow(1, { year: 'x' })}] })` }, /films\/ranker\.js: row 2\.year: expected a whole number, got "x"/],
  ['rows that throw', { ...yaml('  file: items.jsonl\n', ''), 'films/ranker.js': `export const setup = () => ({ rows: (function* () { yield ${filmRow(0)}; throw new Error('gone'); })() })` }, /films\/ranker\.js: rows: gone/],
  ['a source of code that throws', { ...yaml('kind: popular', 'kind: own'), 'films/ranker.js': 'export const setup = () => ({ sources: { own: () => { throw new Error("not today"); } } })' }, /films\/ranker\.js: sources\.own: not today/],
]; // prettier-ignore

describe('a broken ranker folder', () => {
  for (const [name, files, ...messages] of CASES) {
    test(name, async (t) => {
      const root = await rankerFolder(t, files);
      await assert.rejects(rankerServer(t, root), (error) => {
        assert.ok(error instanceof RangefinderError);
        for (const message of messages) {
          const fits = typeof message === 'string' ? error.message.includes(message) : message.test(error.message);
          assert.ok(fits, `${String(message)} in ${error.message}`);
        }
        return true;
      });
    });
  }

  test('a link that leads out', async (t) => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'rangefinder-elsewhere-'));
    t.after(() => rm(elsewhere, { recursive: true }));
    await writeFile(join(elsewhere, 'items.jsonl'), filmRow(0));
    const root = await rankerFolder(t, { 'films/items.jsonl': null });
    await symlink(join(elsewhere, 'items.jsonl'), join(root, 'films', 'items.jsonl'));
    await assert.rejects(
      rankerServer(t, root),
      /films\/ranker\.yaml: items\.file: "items\.jsonl" is a link that leads out/,
    );
  });

  test('what cannot be read is no misconfiguration', async (t) => {
    const root = await rankerFolder(t, { 'films/ranker.yaml': null });
    await mkdir(join(root, 'films', 'ranker.yaml'));
    await assert.rejects(rankerServer(t, root), {
      code: 'NOT_FOUND',
      message: /films\/ranker\.yaml: cannot be read: /,
    });
    await assert.rejects(rankerServer(t, join(root, 'nowhere')), {
      code: 'NOT_FOUND',
      message: /nowhere: cannot be read/,
    });
  });

  test('features where the server has none', async (t) => {
    const root = await rankerFolder(t, { 'films/features.yaml': null });
    const start = rankerServer(t, root, { featureStore: 'embedded' });
    await assert.rejects(
      start,
      /sources\[3\]\.values: no feature taste:picks: none are served, --feature-repository DIR/,
    );
  });

  test('a feature repository beside a ranker with views of its own', async (t) => {
    const root = await rankerFolder(t);
    const start = rankerServer(t, root, { featureRepository: join(root, 'films') });
    await assert.rejects(
      start,
      /films\/features\.yaml: a server has features from one place, and has them from --feature-rep/,
    );
  });

  test('all that is wrong with all rankers is told at once', async (t) => {
    const root = await rankerFolder(t, {
      ...row(2, { year: 'soon', added: 'later' }),
      'other/ranker.yaml': 'name: other\nsources: [{ name: a, kind: annn, quota: 1 }]\nheavy: { models: [], score: x }',
      'third/ranker.yaml': 'name: third\nsources: [{ name: a, kind: trending, quota: 1 }]',
    });
    await assert.rejects(rankerServer(t, root), (error) => {
      assert.ok(error instanceof RangefinderError && error.code === 'INVALID_ARGUMENT');
      const lines = error.message.split('\n');
      assert.equal(lines[0], '4 problems in the rankers:');
      assert.match(lines[1]!, /other\/ranker\.yaml: heavy\.score: /);
      assert.match(lines[2]!, /films\/items\.jsonl: line 2\.year/);
      assert.match(lines[3]!, /films\/items\.jsonl: line 2\.added/);
      assert.match(lines[4]!, /third\/ranker\.yaml: sources\[0\]\.kind: no source of kind trending/);
      return true;
    });
  });

  test('of many bad rows the first are told', async (t) => {
    const items = Array.from({ length: 100 }, (_, i) => filmRow(i % 28, { id: i, year: 'x' })).join('\n');
    const root = await rankerFolder(t, { 'films/items.jsonl': items });
    await assert.rejects(
      rankerServer(t, root),
      /line 20\.year.*\n.*too much is wrong; what comes after line 20 was not read$/,
    );
  });
});

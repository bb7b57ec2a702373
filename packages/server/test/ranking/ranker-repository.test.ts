import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import { createFeatureService, MemoryRowStore } from '@rangefinder/features';
import type { RankerProgress } from '../../src/index.ts';
import { filmRow, npy, rankerFolder, rankerServer, rankerYaml, SOUND, writeFiles } from './ranker-folders.ts';

const EVENT = '2026-01-01T00:00:00Z';
const ADA = { user: ['ada'], event_timestamp: [EVENT], vector: [[1, 0]], picks: [['f7', 'nobody', 'f2']] };

interface Page {
  readonly items: { readonly id: string; readonly explanation?: { readonly sources: string[] } }[];
  readonly degradations: unknown[];
}

async function films(t: TestContext, root: string, options: Readonly<Record<string, unknown>> = {}) {
  const { server, post, logger } = await rankerServer(t, root, options);
  const pushed = await post('push', { push_source_name: 'taste', df: ADA });
  assert.equal(pushed.status, 200, JSON.stringify(pushed.body));
  const rank = async (request: object = {}): Promise<Page> => {
    const body = { user: 'ada', context: { genres: 'g1' }, explain: true, deadline_ms: 30_000, ...request };
    const answer = await post('v1/rankers/films/rank', body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body as Page;
  };
  return { server, rank, logger, post };
}

/** Ids that a source gave, in the order of the page. */
function of(source: string, { items }: Page): string[] {
  return items.filter(({ explanation }) => explanation!.sources.includes(source)).map(({ id }) => id);
}

describe('a ranker repository', () => {
  test('every kind of source finds what it is for, without a line of code', async (t) => {
    const { rank, server } = await films(t, await rankerFolder(t, {}));
    const page = await rank({ page: { size: 20 } });
    assert.deepEqual(page.degradations, []);
    assert.equal(page.items.length, 10);
    assert.deepEqual(of('same', page).toSorted(), ['f1', 'f4', 'f7']);
    assert.deepEqual(of('named', page).toSorted(), ['f2', 'f7']);
    const listed = (await (await fetch(`${server.httpUrl}/v1/rankers`)).json()) as object;
    assert.deepEqual(listed, { rankers: ['films'] });
  });

  const alone: [string, string, string[]][] = [
    ['near', 'near', ['f0', 'f6', 'f7', 'f1', 'f5']],
    ['same', 'same', ['f1', 'f4', 'f7']],
    ['new', 'new', ['f9', 'f8', 'f7', 'f6', 'f5']],
    ['named', 'named', ['f7', 'f2']],
    ['known', 'known', ['f0', 'f1', 'f2', 'f3', 'f4']],
  ];
  for (const [name, source, expected] of alone) {
    test(`${name} alone gives its order`, async (t) => {
      const lines = rankerYaml('filters', 'degrade: []\nfilters').split('\n');
      const only = lines.filter((line) => !line.startsWith('  - {') || line.includes(`name: ${source},`)).join('\n');
      const { rank } = await films(t, await rankerFolder(t, { 'films/ranker.yaml': only }));
      const { items } = await rank({ page: { size: expected.length } });
      assert.deepEqual(
        items.map(({ id }) => id),
        expected,
      );
    });
  }

  test('items as CSV, with numbers, lists and truths as text', async (t) => {
    const rows = Array.from({ length: 10 }, (_, i) => JSON.parse(filmRow(i)) as Record<string, unknown>);
    const cell = (value: unknown): string =>
      Array.isArray(value) ? `"${JSON.stringify(value).replaceAll('"', '""')}"` : String(value);
    const csv = [Object.keys(rows[0]!).join(','), ...rows.map((row) => Object.values(row).map(cell).join(','))].join(
      '\n',
    );
    const root = await rankerFolder(t, {
      'films/ranker.yaml': rankerYaml('items.jsonl', 'items.csv'),
      'films/items.csv': csv,
      'films/items.jsonl': null,
    });
    const { rank } = await films(t, root);
    assert.deepEqual(await ids(rank), await ids((await films(t, await rankerFolder(t))).rank));
    const filtered = await rank({
      filter: { and: [{ range: { year: { gte: 1995 } } }, { contains: { tags: 't1' } }] },
    });
    assert.deepEqual(filtered.items.map(({ id }) => id).toSorted(), ['f5', 'f7', 'f9']);
  });

  for (const [descr, typed] of [
    ['<f4', (values: number[]) => Float32Array.from(values)],
    ['<f8', (values: number[]) => Float64Array.from(values)],
  ] as const) {
    test(`vectors from a .npy file of ${descr}, popularity from a list`, async (t) => {
      const angles = Array.from({ length: 10 }, (_, i) => [Math.cos(i), Math.sin(i)]).flat();
      const root = await rankerFolder(t, {
        'films/ranker.yaml': rankerYaml('column: plot', 'file: plot.npy').replace('column: votes', 'file: top.txt'),
        'films/plot.npy': npy(descr, [10, 2], typed(angles)),
        'films/top.txt': Array.from({ length: 10 }, (_, i) => `f${i}`).join('\r\n'),
      });
      assert.deepEqual(await ids((await films(t, root)).rank), await ids((await films(t, await rankerFolder(t))).rank));
    });
  }

  test('code brings rows, a kind of source and what is to be closed', async (t) => {
    const root = await rankerFolder(t, {
      'films/ranker.yaml': rankerYaml('  file: items.jsonl\n', '').replace('kind: popular', 'kind: last'),
      'films/items.jsonl': null,
      'films/ranker.ts': `
import { readFileSync, writeFileSync } from 'node:fs';
export async function setup({ config, directory, features, logger, models, clock, signal }: any): Promise<object> {
  await features.push({ view: 'taste', rows: [{ entityId: 'bob', eventMs: clock.wallMs(), values: { vector: [0, 1] } }] });
  logger.info({ has: [typeof models.infer, signal.aborted] }, 'setting up ' + config.name);
  const rows = Array.from({ length: 10 }, (_, i) => ({
    id: i, genre: 'g', out: true, year: 2000, tags: ['x'], score: 1, added: '2026-01-01', votes: i,
    plot: Float32Array.of(1, i),
  }));
  return {
    rows,
    sources: {
      last: ({ name }, items) => ({
        name,
        fetch: async () => ({ ids: Uint32Array.of(items.numberOf('9')!), scores: Float32Array.of(1) }),
      }),
    },
    close: () => writeFileSync(directory + '/closed', ''),
  };
}`,
    });
    const { rank, server, logger } = await films(t, root);
    assert.deepEqual(of('known', await rank({ user: 'bob' })), ['9']);
    assert.ok(logger.lines.some(({ message }) => message === 'setting up films'));
    assert.ok(!(await readdir(join(root, 'films'))).includes('closed'));
    await server.close(0);
    assert.ok((await readdir(join(root, 'films'))).includes('closed'));
  });

  test('a catalogue of the code takes the place of items', async (t) => {
    const root = await rankerFolder(t, {
      'films/ranker.yaml':
        'name: films\nsources: [{ name: own, kind: own, quota: 5 }]\nfilters: { where: [{ eq: { a: 1 } }] }',
      'films/ranker.js': `
const items = {
  numberOf: (id) => ['x', 'y', 'z'].indexOf(id), idOf: (number) => ['x', 'y', 'z'][number],
  filter: () => ({ bits: Uint32Array.of(5), count: 2 }),
  attributeCodes: () => {}, attributeValue: () => '', embeddingDimensions: () => undefined, embeddings: () => {},
  popular: () => new Uint32Array(0),
};
const fetch = async () => ({ ids: Uint32Array.of(2, 1, 0), scores: Float32Array.of(3, 2, 1) });
export const setup = () => ({ items, sources: { own: ({ name }) => ({ name, fetch }) } });`,
    });
    const { rank } = await films(t, root);
    assert.deepEqual(
      (await rank({ context: {} })).items.map(({ id }) => id),
      ['z', 'x'],
    );
  });

  test('transformations of code are served with the features', async (t) => {
    const root = await rankerFolder(t, {
      'films/ranker.js': `
export const transforms = [{
  name: 'double', inputs: ['taste:vector'], context: [],
  outputs: [{ name: 'first', dataType: 'FP32', container: undefined }],
  run: ({ rows, columns }) => ({ first: Array.from({ length: rows }, () => 2 * new Float32Array(columns.get('taste:vector').bytes.slice().buffer)[0]) }),
}];`,
    });
    const { post } = await films(t, root);
    const answer = await post('get-online-features', { features: ['double:first'], entities: { user: ['ada'] } });
    assert.deepEqual((answer.body as { results: { values: unknown[] }[] }).results[1]?.values, [2]);
  });

  test('a transformation that does not fit the views is told by name', async (t) => {
    const code =
      "export const transforms = [{ name: 'double', inputs: ['taste:nothing'], context: [], outputs: [], run: () => ({}) }];";
    await assert.rejects(
      rankerServer(t, await rankerFolder(t, { 'films/ranker.js': code })),
      /films\/ranker\.js: transforms\.double\.inputs\[0\]: .*nothing/,
    );
  });

  test('what was opened is closed again when another ranker fails, or a port cannot be had', async (t) => {
    const code = `
import { writeFileSync } from 'node:fs';
export const setup = ({ directory }) => ({ close: () => writeFileSync(directory + '/closed', '') });`;
    const root = await rankerFolder(t, { 'films/ranker.js': code, 'more/ranker.yaml': 'name: more\nsources: 1' });
    await assert.rejects(rankerServer(t, root), /more\/ranker\.yaml: sources/);
    assert.ok((await readdir(join(root, 'films'))).includes('closed'));

    const other = await rankerFolder(t, { 'films/ranker.js': code });
    const { server } = await rankerServer(t, await rankerFolder(t));
    await assert.rejects(rankerServer(t, other, { httpPort: server.httpAddress.port }), /is in use/);
    assert.ok((await readdir(join(other, 'films'))).includes('closed'));

    const third = await rankerFolder(t, { 'films/ranker.js': code });
    await assert.rejects(rankerServer(t, third, { httpRestrictedApi: ['nonsense'] }), /http-restricted-api/);
    assert.ok((await readdir(join(third, 'films'))).includes('closed'));
  });

  test('a start that is given up ends with all closed', async (t) => {
    const stopping = new AbortController();
    const root = await rankerFolder(t, {
      'films/items.jsonl': Array.from({ length: 3_000 }, (_, i) => filmRow(i % 28, { id: i })).join('\n'),
    });
    const rankerProgress = { onProgress: () => stopping.abort(), onOpened: () => assert.fail('it was given up') };
    await assert.rejects(rankerServer(t, root, {}, { stopping: stopping.signal, rankerProgress }), {
      code: 'CANCELLED',
    });
  });

  test('features that the program brings are those of the rankers', async (t) => {
    const declarations = {
      entities: [{ name: 'user', joinKey: 'user' }],
      views: [
        {
          name: 'taste',
          entity: 'user',
          maxAgeMs: 0,
          features: [
            { name: 'vector', dataType: 'FP32', container: { kind: 'vector', maxLength: 2 } },
            { name: 'picks', dataType: 'BYTES', container: { kind: 'list', maxLength: 4 } },
          ],
        },
      ],
      aggregates: [],
      defaults: {},
    } as const;
    const features = createFeatureService({ store: new MemoryRowStore(), declarations });
    const root = await rankerFolder(t, { 'films/features.yaml': null });
    const { post } = await rankerServer(t, root, { featureStore: 'embedded' }, { features });
    const answer = await post('v1/rankers/films/rank', { user: 'x', context: { genres: 'g0' }, deadline_ms: 30_000 });
    assert.equal((answer.body as Page).items.length, 10);
  });

  test('a ranker of the program and one of a folder cannot have one name', async (t) => {
    const { server } = await rankerServer(t, await rankerFolder(t, { 'films/ranker.yaml': 'name: films' }));
    assert.ok(server);
    const rankers = () => new Map([['films', {} as never]]);
    const start = rankerServer(t, await rankerFolder(t), {}, { rankers });
    await assert.rejects(
      start,
      /films\/ranker\.yaml: name: the program that started the server has a ranker of this name/,
    );
  });
});

async function ids(rank: (request?: object) => Promise<Page>): Promise<string[]> {
  return (await rank({ page: { size: 20 } })).items.map(({ id }) => id);
}

describe('snapshots of embedded indexes', () => {
  const yaml = rankerYaml('dimensions: 2', 'dimensions: 2, index: embedded, build_effort: 16, links_max: 8');

  /** Whether an index was built by that start. */
  async function start(
    t: TestContext,
    root: string,
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<boolean> {
    const heard: RankerProgress[] = [];
    const rankerProgress = { onProgress: (one: RankerProgress) => void heard.push(one), onOpened: () => {} };
    const { server, logger } = await rankerServer(t, root, options, { rankerProgress });
    await server.close(0);
    assert.deepEqual(
      logger.lines.filter(({ level }) => level === 'error'),
      [],
    );
    return heard.some(({ doing }) => doing === 'index plot');
  }

  test('the second start builds nothing; other vectors, other options or a broken file do', async (t) => {
    const root = await rankerFolder(t, { 'films/ranker.yaml': yaml });
    const cache = join(root, 'films', '.cache');
    assert.equal(await start(t, root), true);
    const [first] = await readdir(cache);
    assert.match(first!, /^plot-[0-9a-f]{32}\.index$/);
    assert.equal(await start(t, root), false);

    await writeFiles(root, {
      'films/items.jsonl': String(SOUND['films/items.jsonl']).replace('"plot":[1,0]', '"plot":[1,1]'),
    });
    assert.equal(await start(t, root), true);
    const second = await readdir(cache);
    assert.equal(second.length, 1, 'the outdated snapshot is gone');
    assert.notEqual(second[0], first);

    await writeFiles(root, { 'films/ranker.yaml': yaml.replace('links_max: 8', 'links_max: 10') });
    assert.equal(await start(t, root), true);

    const [file] = await readdir(cache);
    const bytes = await readFile(join(cache, file!));
    bytes[bytes.length - 9] = bytes.at(-9)! ^ 1;
    await writeFile(join(cache, file!), bytes);
    assert.equal(await start(t, root), true);
    assert.equal(await start(t, root), false);
  });

  test('--ranker-cache-dir keeps them elsewhere; a folder that cannot be written costs the snapshot alone', async (t) => {
    const root = await rankerFolder(t, { 'films/ranker.yaml': yaml, 'cache/x': '' });
    const rankerCacheDir = join(root, 'cache');
    assert.equal(await start(t, root, { rankerCacheDir }), true);
    assert.equal((await readdir(join(rankerCacheDir, 'films'))).length, 1);
    assert.equal(await start(t, root, { rankerCacheDir }), false);
    const none = { rankerCacheDir: join(root, 'cache', 'x') };
    const { logger } = await rankerServer(t, root, none);
    assert.ok(logger.lines.some(({ level, message }) => level === 'warn' && message.includes('could not be kept')));
  });

  test('an embedded index finds what an exact one finds', async (t) => {
    const items = Array.from({ length: 300 }, (_, i) => filmRow(i % 28, { id: i, plot: [Math.cos(i), Math.sin(i)] }));
    const files = { 'films/items.jsonl': items.join('\n') };
    const exact = await films(t, await rankerFolder(t, files));
    const embedded = await films(t, await rankerFolder(t, { ...files, 'films/ranker.yaml': yaml }));
    assert.deepEqual(of('near', await exact.rank()), of('near', await embedded.rank()));
  });
});

test('an error is one of ours', async (t) => {
  const root = await rankerFolder(t, { 'films/ranker.js': 'throw new Error("x")' });
  await assert.rejects(
    rankerServer(t, root),
    (error) => error instanceof RangefinderError && error.code === 'MODEL_INVALID',
  );
});

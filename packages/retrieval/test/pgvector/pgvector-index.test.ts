import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { RangefinderError } from '@rangefinder/base';
import { openPgvectorIndex, type PgvectorIndexOptions, type RemoteVectorIndex } from '@rangefinder/retrieval';
import { eventually, filterOf, PGVECTOR_MISSING, startPostgres, type VectorServer } from '@rangefinder/testing';
import { OPENSSL_MISSING, startTlsFront } from './tls-front.ts';
import { describeRemoteFaults } from '../remote-fault-cases.ts';
import { describeRemoteIndex, DIMENSIONS } from '../remote-index-cases.ts';

const VECTOR = Float32Array.of(1, 2, 3);
const SEARCH = { query: VECTOR, k: 5, filter: undefined };

describe('an index of Postgres with pgvector', { skip: PGVECTOR_MISSING }, () => {
  let server: VectorServer;
  let owner: Client;
  let faultTables = 0;
  before(async () => {
    server = await startPostgres();
    owner = new Client(server.url);
    await owner.connect();
  });
  after(async () => {
    await owner.end();
    await server.stop();
  });

  function open(options: Partial<PgvectorIndexOptions> & { readonly table: string }): Promise<RemoteVectorIndex> {
    return openPgvectorIndex({ name: 'films', url: server.url, dimensions: 3, metric: 'l2', create: true, ...options });
  }

  async function sql(text: string): Promise<Record<string, unknown>[]> {
    return (await owner.query<Record<string, unknown>>(text)).rows;
  }

  /** Statements on this table wait meanwhile. */
  async function whileLocked(table: string, use: () => Promise<void>): Promise<void> {
    const locker = new Client(server.url);
    await locker.connect();
    await locker.query(`BEGIN; LOCK TABLE ${table}`);
    try {
      await use();
    } finally {
      await locker.query('COMMIT');
      await locker.end();
    }
  }

  /** The process of the server that waits for the lock; undefined for none. */
  async function waitingFor(table: string): Promise<unknown> {
    const activity = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"${table}"%'`;
    return (await sql(activity))[0]?.['pid'];
  }

  describeRemoteIndex({
    name: 'pgvector',
    open: ({ place, ...options }) => open({ table: `case ${place}`, dimensions: DIMENSIONS, ...options }),
    openScanning: ({ place }) => open({ table: `case ${place}`, dimensions: DIMENSIONS, hnsw: false }),
  });

  describeRemoteFaults({
    name: 'pgvector',
    serverPort: () => server.port,
    open: (port) => {
      const url = server.url.replace(`:${server.port}`, `:${port}`);
      const times = { searchMs: 300, changeMs: 300, connectMs: 300, breaker: { openMinMs: 50, openMaxMs: 50 } };
      return open({ url, table: `fault_${faultTables++}`, ...times });
    },
  });

  it('walks by the index of the table, whatever its names have in them', async () => {
    const names = { table: `it's a "table"; --`, idColumn: 'the "id"', vectorColumn: `v'` };
    const index = await open({ ...names, dimensions: 2 });
    const items = Array.from({ length: 3000 }, (_, id) => ({
      id,
      vector: Float32Array.of(id % 60, Math.floor(id / 60)),
    }));
    await index.upsert(items);
    await sql('ANALYZE');
    const search = { query: Float32Array.of(30, 25), k: 1, filter: undefined, explain: true };
    const { ids, explanation } = await index.search(search);
    assert.deepEqual([...ids], [25 * 60 + 30]);
    assert.equal(explanation?.plan, 'graph');
    await index.close();
    await eventually(async () => {
      const [use] = await sql(`SELECT sum(idx_scan)::int AS scans FROM pg_stat_user_indexes i
        JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
        WHERE i.relname LIKE '%table%--' AND m.amname = 'hnsw'`);
      return Number(use?.['scans']) > 0;
    });
  });

  it('sends the bits of filters that are too wide to send their ids', async () => {
    const index = await open({ table: 'wide', hnsw: false });
    await sql(`INSERT INTO wide SELECT i, ARRAY[i, 0, 0]::vector FROM generate_series(0, 49999) i`);
    await index.recount();
    const even = filterOf(Array.from({ length: 25_000 }, (_, i) => i * 2));
    const query = Float32Array.of(40_001, 0, 0);
    const { ids, scores } = await index.search({ query, k: 3, filter: even, exclude: new Set([40_002, 70_000]) });
    assert.deepEqual([...ids], [40_000, 39_998, 40_004]);
    assert.deepEqual([...scores], [-1, -9, -9]);
    await index.close();
  });

  it("searches a table of the application's own, leaving rows without a vector aside", async () => {
    await sql('CREATE TABLE own (title text, number integer UNIQUE, plot vector(3))');
    await sql('CREATE INDEX ON own USING hnsw (plot vector_l2_ops)');
    await sql(`INSERT INTO own VALUES ('a', 4, '[1,2,3]'), ('b', 5, NULL), ('c', 6, '[1,2,4]')`);
    const index = await open({ table: 'own', create: false, idColumn: 'number', vectorColumn: 'plot' });
    assert.equal(index.size, 2);
    assert.deepEqual([...(await index.search(SEARCH)).ids], [4, 6]);
    await index.upsert([{ id: 5, vector: VECTOR }]);
    assert.deepEqual(await sql('SELECT title FROM own WHERE plot IS NOT NULL ORDER BY number'), [
      { title: 'a' },
      { title: 'b' },
      { title: 'c' },
    ]);
    await sql(`INSERT INTO own VALUES ('d', -7, '[1,2,3]')`);
    await assert.rejects(index.search(SEARCH), { code: 'UNAVAILABLE', message: /number -7 in the table/ });
    await index.close();
  });

  it('two processes may create the same index at once', async () => {
    const indexes = await Promise.all(Array.from({ length: 4 }, () => open({ table: 'together' })));
    const found = await sql(`SELECT count(*)::int AS n FROM pg_indexes WHERE tablename = 'together'`);
    assert.deepEqual(found, [{ n: 2 }]);
    await Promise.all(indexes.map((index) => index.close()));
  });

  it('says which option does not fit the table that is there, and what to run', async () => {
    await (await open({ table: 'there' })).close();
    const refusals: [Partial<PgvectorIndexOptions>, RegExp][] = [
      [{ dimensions: 4 }, /^dimensions: "public"."there".embedding has 3 dimensions, the options say 4/],
      [{ storage: 'float16', hnsw: false }, /^storage: "public"."there".embedding is vector/],
      [{ metric: 'cosine' }, /^hnsw: .* no valid HNSW index for cosine: .*CREATE INDEX .*vector_cosine_ops/],
      [{ idColumn: 'number' }, /^idColumn: the table "public"."there" has no column number/],
      [{ vectorColumn: 'v' }, /^vectorColumn: the table "public"."there" has no column v/],
    ];
    for (const [options, message] of refusals) {
      await assert.rejects(open({ table: 'there', create: false, ...options }), { code: 'INVALID_ARGUMENT', message });
    }
    const absent = open({ table: 'absent', create: false });
    await assert.rejects(absent, { code: 'NOT_FOUND', message: /create: true, or run "CREATE TABLE .*vector\(3\)/ });
    await sql('CREATE TABLE twice (id bigint, embedding vector(3))');
    await assert.rejects(open({ table: 'twice', hnsw: false }), { message: /^idColumn: .*needs a primary key/ });
  });

  it('refuses options that make no sense, and never repeats the URL', async () => {
    const refused: Partial<PgvectorIndexOptions>[] = [
      { url: 'mysql://a:secret@b' },
      { url: 'postgres://a:secret@127.0.0.1/?sslmode=maybe' },
      { url: 'postgres://a:secret@127.0.0.1/?fancy=1' },
      { url: 'postgres://a:secret@127.0.0.1/?sslmode=verify-ca&sslrootcert=/absent.pem' },
      { dimensions: 2001 },
      { hnsw: { m: 200 } },
      { table: '' },
      { table: 'x'.repeat(64) },
      { connectionsMax: 0 },
      { searchMs: 0 },
    ];
    for (const options of refused) {
      const opening = openPgvectorIndex({
        name: 'films',
        url: server.url,
        dimensions: 3,
        metric: 'l2',
        table: 'refused',
        ...options,
      });
      await assert.rejects(opening, (thrown: unknown) => {
        assert.ok(thrown instanceof RangefinderError);
        assert.equal(thrown.code, 'INVALID_ARGUMENT');
        assert.doesNotMatch(thrown.message, /secret/);
        return true;
      });
    }
  });

  it('says what is missing: the extension, the database, a right', async () => {
    await sql('CREATE DATABASE bare');
    await sql('CREATE ROLE reader LOGIN');
    const as = (user: string, database: string): string =>
      server.url.replace('owner@', `${user}@`).replace(/postgres$/, database);
    const advice = { code: 'UNSUPPORTED', message: /no extension vector.*install pgvector.*CREATE EXTENSION vector/ };
    await assert.rejects(open({ url: as('owner', 'bare'), table: 'x', create: false }), advice);
    await assert.rejects(open({ url: as('reader', 'bare'), table: 'x' }), advice);
    await assert.rejects(open({ url: as('owner', 'nowhere'), table: 'x' }), {
      code: 'UNAVAILABLE',
      message: /create the database/,
    });
    await (await open({ table: 'locked' })).close();
    await sql('GRANT SELECT ON locked TO reader');
    const index = await open({ url: as('reader', 'postgres'), table: 'locked' });
    const writing = index.upsert([{ id: 1, vector: VECTOR }]);
    await assert.rejects(writing, { code: 'UNAVAILABLE', message: /permission denied.*GRANT/ });
    await sql('REVOKE SELECT ON locked FROM reader');
    await assert.rejects(index.search(SEARCH), { code: 'UNAVAILABLE', message: /permission denied.*GRANT/ });
    await index.close();
  });

  it('a search that is given up is stopped at the server, and its connection is used again', async () => {
    const index = await open({ table: 'slow', connectionsMax: 1 });
    await index.upsert([{ id: 1, vector: VECTOR }]);
    let pid: unknown;
    await whileLocked('slow', async () => {
      const abort = new AbortController();
      const searching = index.search({ ...SEARCH, signal: abort.signal });
      await eventually(async () => (pid = await waitingFor('slow')) !== undefined);
      abort.abort(new RangefinderError('DEADLINE_EXCEEDED', 'the deadline is over'));
      await assert.rejects(searching, { code: 'DEADLINE_EXCEEDED', message: 'the deadline is over' });
      await eventually(async () => (await waitingFor('slow')) === undefined);
    });
    assert.deepEqual([...(await index.search(SEARCH)).ids], [1]);
    assert.deepEqual(
      await sql(`SELECT pid FROM pg_stat_activity WHERE application_name = 'rangefinder' AND pid = ${String(pid)}`),
      [{ pid }],
    );
    await index.close();
  });

  it('Postgres itself ends what takes longer than statementMs; a full pool says so', async () => {
    const index = await open({ table: 'busy', connectionsMax: 1, connectMs: 200, statementMs: 600 });
    await whileLocked('busy', async () => {
      const tooLong = assert.rejects(index.search(SEARCH), { code: 'DEADLINE_EXCEEDED', message: /statement timeout/ });
      const crowded = { code: 'UNAVAILABLE', message: /all 1 connections were busy.*connectionsMax/ };
      await Promise.all([tooLong, assert.rejects(index.search(SEARCH), crowded)]);
    });
    await index.close();
  });

  it('speaks TLS as sslmode says, cancelling included', { skip: OPENSSL_MISSING }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rangefinder-tls-'));
    const secure = await startTlsFront(server.port, folder);
    try {
      const url = (query: string): string => `${server.url.replace(`:${server.port}`, `:${secure.port}`)}?${query}`;
      const trusted = url(`sslmode=verify-full&sslrootcert=${secure.certificatePath}`);
      const index = await open({ url: trusted, table: 'secret', connectionsMax: 1 });
      await whileLocked('secret', async () => {
        const abort = new AbortController();
        const searching = index.search({ ...SEARCH, signal: abort.signal });
        await eventually(async () => (await waitingFor('secret')) !== undefined);
        abort.abort();
        await assert.rejects(searching, { code: 'CANCELLED' });
        await eventually(async () => (await waitingFor('secret')) === undefined);
      });
      await index.close();
      await (await open({ url: url('sslmode=require'), table: 'secret' })).close();
      await assert.rejects(open({ url: url('sslmode=verify-full'), table: 'secret' }), {
        code: 'UNAVAILABLE',
        message: /self-signed certificate/,
      });
      await assert.rejects(open({ url: `${server.url}?sslmode=require`, table: 'secret' }), {
        code: 'UNAVAILABLE',
        message: /does not support SSL/,
      });
    } finally {
      await secure.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

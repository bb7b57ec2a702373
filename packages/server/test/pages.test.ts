import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test, type TestContext } from 'node:test';
import { ERROR_CATALOGUE } from '@rangefinder/base';
import { API_OPERATIONS } from '../src/http/api-operations.ts';
import { openApiDocument } from '../src/pages/openapi-document.ts';
import { ask, errorOf } from './support/http-client.ts';
import { testServer } from './support/test-server.ts';

async function dashboard(t: TestContext): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'rangefinder-dashboard-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>x</title>');
  await writeFile(join(folder, 'assets', 'main-1.js'), 'export {};');
  return pathToFileURL(`${folder}/`);
}

test('the dashboard is served with caching and a policy that lets nothing else in', async (t) => {
  const { url } = await testServer(t, {}, { dashboard: await dashboard(t) });
  const page = await ask(`${url}/`);
  assert.equal(page.status, 200);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
  const again = await ask(`${url}/`, { headers: { 'If-None-Match': String(page.headers.etag) } });
  assert.equal(again.status, 304);
  assert.equal(again.text, '');
  const asset = await ask(`${url}/assets/main-1.js`);
  assert.match(String(asset.headers['content-type']), /^text\/javascript/);
  assert.match(String(asset.headers['cache-control']), /immutable/);
  assert.equal((await ask(`${url}/assets/main-2.js`)).status, 404);
});

test('a dashboard that is not built yet says how to build it, and is there once it is', async (t) => {
  const built = await dashboard(t);
  const missing = new URL('later/', built);
  const { url } = await testServer(t, {}, { dashboard: missing });
  const answer = await ask(`${url}/`);
  assert.equal(answer.status, 404);
  assert.match(errorOf(answer), /not built.*npm start/);
  await mkdir(missing);
  await writeFile(new URL('index.html', missing), 'here');
  assert.equal((await ask(`${url}/`)).text, 'here');
});

test('the document tells every route, and nothing that is no route', async (t) => {
  const { url } = await testServer(t);
  const document = openApiDocument('1.2.3');
  const told = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
  );
  const routes = Object.entries(API_OPERATIONS).map(
    ([id, { method, path }]) => `${method} ${path.replace('...}', '}')} ${id}`,
  );
  assert.deepEqual(told.toSorted(), routes.toSorted());
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of Object.keys(methods)) {
      if (path === '/api/v1/events') continue;
      const target = path
        .replace('{model}', 'echo')
        .replace('{version}', '1')
        .replace('{region}', 'r')
        .replace('{path}', 'none.js');
      const { status } = await ask(url + target, { method: method.toUpperCase() });
      assert.notEqual(status, 405, `${method} ${path}`);
      // There are no rankers here, and no dashboard.
      if (path !== '/' && !path.startsWith('/assets/') && !path.includes('{ranker}'))
        assert.notEqual(status, 404, `${method} ${path}`);
    }
  }
});

test('the document holds together: every reference leads somewhere, every path parameter is told', () => {
  const document = openApiDocument('1.2.3');
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    assert.ok(Object.hasOwn(document.components.schemas, name ?? ''), name);
  for (const [path, methods] of Object.entries(document.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const operation of Object.values(methods)) {
      const told = (operation.parameters as { name: string; in: string }[])
        .filter((one) => one.in === 'path')
        .map((one) => one.name);
      assert.deepEqual(told, named, path);
      assert.ok(operation.summary.length > 0);
      for (const status of Object.keys(operation.responses)) {
        assert.ok(
          status === '200' || Object.values(ERROR_CATALOGUE).some((entry) => entry.httpStatus === Number(status)),
        );
      }
    }
  }
});

test('the document and its page are served, the page without scripts', async (t) => {
  const { url } = await testServer(t);
  const document = JSON.parse((await ask(`${url}/openapi.json`)).text) as { openapi: string };
  assert.equal(document.openapi, '3.1.0');
  const page = await ask(`${url}/docs`);
  assert.match(page.text, /\/v2\/models\/<i>\{model\}<\/i>\/infer/);
  assert.doesNotMatch(page.text, /<script|https?:\/\//);
  assert.match(String(page.headers['content-security-policy']), /style-src 'sha256-/);
});

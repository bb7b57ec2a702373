import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import { Router, type RoutePattern } from '../src/http/router.ts';

const get = (path: string): RoutePattern => ({ method: 'GET', path });
const post = (path: string): RoutePattern => ({ method: 'POST', path });
const routes = [
  get('/'),
  get('/v2'),
  get('/v2/models/stats'),
  get('/v2/models/{model}'),
  get('/v2/models/{model}/stats'),
  post('/v2/models/{model}/infer'),
  get('/v2/models/{model}/versions/{version}'),
  get('/assets/{path...}'),
  get('/v2/logging'),
  post('/v2/logging'),
];
const router = new Router(routes);

function found(method: string, path: string): [string, readonly string[]] | string {
  const match = router.match(method, path);
  return match.kind === 'found' ? [match.route.path, match.params] : match.kind;
}

test('literals win over parameters, and a dead end goes back to the parameter', () => {
  assert.deepEqual(found('GET', '/v2/models/stats'), ['/v2/models/stats', []]);
  assert.deepEqual(found('GET', '/v2/models/stats/stats'), ['/v2/models/{model}/stats', ['stats']]);
  assert.deepEqual(found('POST', '/v2/models/stats/infer'), ['/v2/models/{model}/infer', ['stats']]);
});

test('one slash at the end is forgiven, an empty segment is not', () => {
  assert.deepEqual(found('GET', '/v2/'), ['/v2', []]);
  assert.deepEqual(found('GET', '/'), ['/', []]);
  assert.equal(found('GET', '/v2//'), 'unknown');
  assert.equal(found('GET', '//v2'), 'unknown');
  assert.equal(found('GET', '/v2/models//stats'), 'unknown');
});

test('a rest parameter takes all that is left', () => {
  assert.deepEqual(found('GET', '/assets/a/b.js'), ['/assets/{path...}', ['a/b.js']]);
  assert.equal(found('GET', '/assets/'), 'unknown');
});

test('a wrong method is told what is allowed', () => {
  assert.deepEqual(router.match('PUT', '/v2/logging'), { kind: 'wrong-method', allow: 'GET, POST, HEAD, OPTIONS' });
  assert.deepEqual(router.match('GET', '/v2/models/m/infer'), { kind: 'wrong-method', allow: 'POST, OPTIONS' });
  assert.deepEqual(found('HEAD', '/v2'), ['/v2', []]);
});

test('parameters are decoded after the path is split, so an encoded slash stays inside', () => {
  assert.deepEqual(found('GET', '/v2/models/a%2Fb%20c'), ['/v2/models/{model}', ['a/b c']]);
  assert.throws(() => router.match('GET', '/v2/models/%E0%A4%A'), RangefinderError);
});

test('two routes for the same thing are a defect', () => {
  assert.throws(() => new Router([get('/a/{x}'), get('/a/{y}')]), /two routes/);
});

test('whatever a name is, it comes out as it went in', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ minLength: 1 }), (model, version) => {
      fc.pre(model.isWellFormed() && version.isWellFormed());
      const path = `/v2/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}`;
      assert.deepEqual(found('GET', path), ['/v2/models/{model}/versions/{version}', [model, version]]);
    }),
  );
});

test('no path makes it throw anything but INVALID_ARGUMENT', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom('/', '%', 'v2', 'models', 'stats', '..', '?', '%2e'), fc.string())),
      (parts) => {
        try {
          router.match('GET', `/${parts.join('')}`);
        } catch (thrown) {
          assert.ok(thrown instanceof RangefinderError && thrown.code === 'INVALID_ARGUMENT');
        }
      },
    ),
  );
});

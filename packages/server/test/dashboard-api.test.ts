import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { test } from 'node:test';
import { findProblems, schemaNode } from '@rangefinder/base';
import type { History, Overview } from '../src/admin/overview.ts';
import { HistoryBody, OverviewBody } from '../src/http/api-schemas.ts';
import { ask, echoBody } from './support/http-client.ts';
import { testServer } from './support/test-server.ts';

async function fixture(name: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8')) as unknown;
}

/** The dashboard is built on the examples, so they must not drift from what is served. */
test('the examples are what the interface describes', async () => {
  const engineless = (await fixture('overview.json')) as { server: { engines: unknown } };
  engineless.server.engines = [];
  assert.deepEqual(findProblems(schemaNode(OverviewBody), withoutNulls(engineless)), []);
  assert.deepEqual(findProblems(schemaNode(HistoryBody), withoutNulls(await fixture('history.json'))), []);
});

test('the overview has the shape of its example and what happened in it', async (t) => {
  const { url } = await testServer(t);
  for (let i = 0; i < 5; i++)
    await ask(`${url}/v2/models/echo/infer`, {
      body: echoBody([
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ]),
    });
  const overview = JSON.parse((await ask(`${url}/api/v1/overview`)).text) as Overview;
  const example = (await fixture('overview.json')) as Overview;
  assert.deepEqual(shapeOf(overview.server), shapeOf(example.server));
  assert.deepEqual(shapeOf(overview.process), shapeOf(example.process));
  const echo = overview.models.find((model) => model.name === 'echo');
  assert.deepEqual(Object.keys(echo ?? {}), Object.keys(example.models[0] ?? {}));
  assert.equal(echo?.state, 'READY');
  assert.equal(echo.maxBatchSize, 8);
  assert.equal(echo.totals.inferences, 10);
  assert.equal(echo.totals.requests, 5);
});

test('events bring the overview once a second, with the rates of the seconds before', async (t) => {
  const { url } = await testServer(t);
  const events = eventsOf(t, `${url}/api/v1/events`);
  await events.next();
  for (let i = 0; i < 20; i++) await ask(`${url}/v2/models/echo/infer`, { body: echoBody([[1, 2, 3, 4]]) });
  for (;;) {
    const overview = await events.next();
    const echo = overview.models.find((model) => model.name === 'echo');
    if (echo === undefined || echo.requestsPerSecond === 0) continue;
    assert.ok(Math.abs(echo.requestsPerSecond * overview.windowSeconds - 20) < 0.1);
    assert.ok(echo.latencyMs.p50 !== null && echo.latencyMs.p99 !== null && echo.latencyMs.p50 <= echo.latencyMs.p99);
    assert.equal(
      echo.batchSizes.reduce((sum, { size, count }) => sum + size * count, 0),
      20,
    );
    break;
  }
  const history = JSON.parse((await ask(`${url}/api/v1/history`)).text) as History;
  const echo = history.models.find((model) => model.name === 'echo');
  assert.equal(echo?.requestsPerSecond.length, history.atSeconds.length);
  assert.equal(
    echo.requestsPerSecond.reduce((sum, value) => sum + value, 0),
    20,
  );
});

test('only so many clients may watch', async (t) => {
  const { url } = await testServer(t);
  const streams = Array.from({ length: 32 }, () => eventsOf(t, `${url}/api/v1/events`));
  await Promise.all(streams.map((stream) => stream.next()));
  const refused = await ask(`${url}/api/v1/events`);
  assert.equal(refused.status, 503);
  streams[0]?.close();
  for (;;) {
    const again = eventsOf(t, `${url}/api/v1/events`);
    if ((await again.status) === 200) break;
    again.close();
  }
});

test('recent batches say why they were cut', async (t) => {
  const { url } = await testServer(t);
  await ask(`${url}/v2/models/echo/infer`, { body: echoBody([[1, 2, 3, 4]]) });
  const { batches } = JSON.parse((await ask(`${url}/api/v1/models/echo/versions/1/batches`)).text) as {
    batches: { cut: string; rows: number }[];
  };
  assert.equal(batches[0]?.rows, 1);
  assert.ok(batches[0].cut.length > 0);
});

interface Events {
  readonly status: Promise<number>;
  next(): Promise<Overview>;
  close(): void;
}

function eventsOf(t: { after(fn: () => void): void }, url: string): Events {
  const queue: Overview[] = [];
  const waiters: ((overview: Overview) => void)[] = [];
  let text = '';
  let resolveStatus: (status: number) => void;
  const status = new Promise<number>((resolve) => (resolveStatus = resolve));
  const request = get(url, { agent: false }, (response) => {
    resolveStatus(response.statusCode ?? 0);
    response.setEncoding('utf8');
    response.on('error', () => {});
    response.on('data', (chunk: string) => {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data === undefined) continue;
        const overview = JSON.parse(data) as Overview;
        const waiter = waiters.shift();
        if (waiter === undefined) queue.push(overview);
        else waiter(overview);
      }
    });
  });
  request.on('error', () => {});
  const close = (): void => void request.destroy();
  t.after(close);
  return {
    status,
    close,
    next: () => {
      const first = queue.shift();
      return first === undefined ? new Promise((resolve) => waiters.push(resolve)) : Promise.resolve(first);
    },
  };
}

/** Names and kinds of values, lists by their first element. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, shapeOf(child)]));
}

/** The configuration schemas that check this know no null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null) return 0;
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutNulls(child)]));
}

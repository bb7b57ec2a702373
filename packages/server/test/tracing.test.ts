import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { silentLogger, systemClock } from '@rangefinder/base';
import type { RequestFinished } from '@rangefinder/serving';
import { modelServing } from '../src/composition/model-serving.ts';
import { serverOptions } from '../src/options/option-sources.ts';
import type { StartableModelServer } from '../src/server.ts';
import { OtlpExporter, type Span } from '../src/tracing/otlp-exporter.ts';
import { parseTraceParent } from '../src/tracing/trace-context.ts';
import { TraceSampler } from '../src/tracing/trace-sampler.ts';
import { ask, echoBody } from './support/http-client.ts';
import { modelFolder } from './support/model-folder.ts';
import { RecordingLogger, testServer } from './support/test-server.ts';

interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[];
}

interface Collector {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly headers: Record<string, unknown>[];
  status: number;
}

/** What an OpenTelemetry collector does with `/v1/traces`, as far as we use it. */
async function collector(t: TestContext): Promise<Collector> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      assert.equal(request.url, '/v1/traces');
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[];
      };
      received.headers.push(request.headers);
      received.spans.push(...body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
      response.writeHead(received.status, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const received: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    headers: [],
    status: 200,
  };
  return received;
}

const body = echoBody([[1, 2, 3, 4]]);

test('a request is a span with its parts below it, in the trace of its caller', async (t) => {
  const received = await collector(t);
  const options = { otelEndpoint: received.url, otelHeaders: { 'x-tenant': 'one' } };
  const { url, server } = await testServer(t, options, { models: await reportingModels(t) });
  const traceId = 'a'.repeat(32);
  const parent = 'b'.repeat(16);
  await ask(`${url}/v2/models/echo/infer`, { body, headers: { traceparent: `00-${traceId}-${parent}-01` } });
  await ask(`${url}/v2/models/echo/infer`, { body, headers: { traceparent: `00-${'c'.repeat(32)}-${parent}-00` } });
  await ask(`${url}/v2/models/echo`);
  await server.close(0);
  const root = received.spans.find((span) => span.name === 'POST /v2/models/{model}/infer');
  assert.equal(root?.traceId, traceId);
  assert.equal(root.parentSpanId, parent);
  const attributes = new Map(root.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  assert.equal(attributes.get('http.response.status_code'), '200');
  assert.equal(attributes.get('rangefinder.model.name'), 'echo');
  assert.ok(
    received.spans.every((span) => span.traceId === traceId),
    'the caller did not want the other one traced',
  );
  assert.equal(received.headers[0]?.['x-tenant'], 'one');
  const parts = received.spans.filter((span) => span.parentSpanId === root.spanId);
  assert.deepEqual(
    parts.map(({ name }) => name),
    ['queue', 'compute'],
  );
  const slackNs = 2_000_000n;
  for (const part of parts) {
    assert.ok(BigInt(part.startTimeUnixNano) + slackNs >= BigInt(root.startTimeUnixNano));
    assert.ok(BigInt(part.endTimeUnixNano) <= BigInt(root.endTimeUnixNano) + slackNs);
    assert.ok(BigInt(part.startTimeUnixNano) <= BigInt(part.endTimeUnixNano));
  }
});

test('without a caller that says so, one request in so many is traced', async (t) => {
  const received = await collector(t);
  const { url, server } = await testServer(t, { otelEndpoint: received.url, traceRate: 5 });
  for (let i = 0; i < 20; i++) await ask(`${url}/v2/models/echo/infer`, { body });
  await server.close(0);
  assert.equal(received.spans.filter((span) => span.name.startsWith('POST ')).length, 4);
});

test('a collector that fails costs spans and one line in the log, never a request', async (t) => {
  const received = await collector(t);
  received.status = 500;
  const logger = new RecordingLogger();
  const exporter = new OtlpExporter({
    url: `${received.url}/v1/traces`,
    headers: {},
    serviceName: 's',
    serviceVersion: '1',
    logger,
  });
  for (let i = 0; i < 3; i++) {
    exporter.export(spanOf(i));
    await exporter.flush();
  }
  received.status = 200;
  exporter.export(spanOf(3));
  await exporter.flush();
  assert.deepEqual(
    logger.lines.map(({ level }) => level),
    ['warn', 'info'],
  );
  assert.equal(logger.lines[1]?.fields['droppedSpans'], 3);
});

test('spans that nobody takes are dropped beyond a limit', async () => {
  const exporter = new OtlpExporter({
    url: 'http://127.0.0.1:1/v1/traces',
    headers: {},
    serviceName: 's',
    serviceVersion: '1',
    logger: silentLogger,
  });
  for (let i = 0; i < 10_000; i++) exporter.export(spanOf(i));
  await exporter.flush();
});

test('the sampler counts, keeps to its number, and gives each model its own settings', () => {
  const sampler = new TraceSampler({ rate: 2, count: -1 }, true);
  const sampled = (model: string, times: number): number =>
    Array.from({ length: times }, () => sampler.sample(model)).filter(Boolean).length;
  assert.equal(sampled('a', 10), 5);
  sampler.change({ trace_rate: '1', trace_count: '3' }, 'b');
  assert.equal(sampled('b', 10), 3);
  assert.equal(sampler.settings('b').trace_count, '0');
  sampler.change({ trace_level: ['OFF'] });
  assert.equal(sampled('a', 10), 0);
  assert.deepEqual(sampler.settings().trace_level, ['OFF']);
  assert.equal(new TraceSampler({ rate: 1, count: -1 }, false).sample('a'), false);
});

test('traceparent is read as the standard says, and nonsense starts a new trace', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const span = '00f067aa0ba902b7';
  assert.deepEqual(parseTraceParent(`00-${trace}-${span}-01`), { traceId: trace, spanId: span, sampled: true });
  assert.equal(parseTraceParent(`01-${trace}-${span}-00-more`)?.sampled, false);
  for (const bad of [
    undefined,
    '',
    `00-${trace}-${span}`,
    `ff-${trace}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${span}-01-more`,
    `00-${trace.toUpperCase()}-${span}-01`,
  ]) {
    assert.equal(parseTraceParent(bad), undefined);
  }
});

/** The real serving layer; each request is told what it cost, whichever way the layer below reports it. */
async function reportingModels(t: TestContext): Promise<StartableModelServer> {
  const options = serverOptions({ modelRepository: [await modelFolder(t)] });
  const models = modelServing(options, systemClock, silentLogger);
  const infer = models.infer.bind(models);
  models.infer = (request, context) => {
    let told = false;
    const unobserve = models.observe({
      requestFinished: (event) => {
        unobserve();
        if (!told) context.onFinished?.(event);
      },
    });
    const { deadlineUs } = context;
    const onFinished = (event: RequestFinished): void => {
      told = true;
      context.onFinished?.(event);
    };
    return infer(request, { deadlineUs, onFinished });
  };
  return models;
}

function spanOf(i: number): Span {
  return {
    traceId: 'a'.repeat(32),
    spanId: i.toString(16).padStart(16, '0'),
    parentSpanId: undefined,
    name: 'x',
    kind: 1,
    startUnixNano: '1',
    endUnixNano: '2',
    attributes: { count: i, share: 0.5, yes: true },
    error: undefined,
  };
}

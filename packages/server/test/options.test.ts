import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '@rangefinder/base';
import { helpText } from '../src/options/help-text.ts';
import { parseCommandLine, readOptions, serverOptions } from '../src/options/option-sources.ts';

test('the defaults are those that are documented', () => {
  const options = serverOptions({});
  assert.equal(options.host, '127.0.0.1');
  assert.equal(options.httpPort, 8000);
  assert.deepEqual([options.grpcPort, options.grpc], [8001, true]);
  assert.equal(options.metricsPort, 8002);
  assert.deepEqual(options.limits, DEFAULT_LIMITS);
  assert.ok(Object.isFrozen(options) && Object.isFrozen(options.limits));
});

test('the file gives way to the environment, and that to flags', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rangefinder-options-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'a.yaml');
  await writeFile(file, 'httpPort: 1\nmetricsPort: 2\nhost: a\nlimits:\n  jsonDepth: 7\n');
  const line = parseCommandLine([
    '--config',
    file,
    '--http-port=3',
    '--model-repository',
    'x',
    '--model-repository',
    'y',
    '--no-metrics',
  ]);
  const { config } = await readOptions(line, {
    RANGEFINDER_HTTP_PORT: '9',
    RANGEFINDER_METRICS_PORT: '4',
    RANGEFINDER_URL: 'ignored',
  });
  assert.deepEqual(
    [config.httpPort, config.metricsPort, config.host, config.limits.jsonDepth, config.metrics],
    [3, 4, 'a', 7, false],
  );
  assert.deepEqual(config.modelRepository, ['x', 'y']);
});

test('the variables of OpenTelemetry are understood, and ours win', async () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'a=b%20c',
    OTEL_SERVICE_NAME: 'ranker',
  };
  const { config } = await readOptions(parseCommandLine([]), environment);
  assert.deepEqual(
    [config.otelEndpoint, config.otelServiceName, config.otelHeaders],
    ['http://collector:4318', 'ranker', { a: 'b c' }],
  );
  const ours = await readOptions(parseCommandLine([]), { ...environment, RANGEFINDER_OTEL_ENDPOINT: 'http://other:1' });
  assert.equal(ours.config.otelEndpoint, 'http://other:1');
});

test('options that contradict each other are refused, each by its name', () => {
  assert.throws(
    () => serverOptions({ httpPort: 5, metricsPort: 5 }),
    /metricsPort: expected a port other than httpPort/,
  );
  assert.throws(() => serverOptions({ grpcPort: 8000 }), /grpcPort: expected a port other than httpPort, got 8000/);
  assert.equal(serverOptions({ grpcPort: 8000, grpc: false }).grpcPort, 8000);
  assert.throws(() => serverOptions({ loadModels: ['a'] }), /loadModels: expected modelControlMode explicit/);
  assert.throws(() => serverOptions({ otelEndpoint: 'collector:4318' }), /otelEndpoint: expected a URL/);
  assert.throws(
    () => serverOptions({ limits: { httpBodiesInFlightBytes: 5 } }),
    /httpBodiesInFlightBytes: expected at least/,
  );
  assert.throws(() => serverOptions({ colour: 'red' }), /colour: unknown key/);
});

test('words without a flag are refused, and help tells every flag', () => {
  assert.throws(() => parseCommandLine(['models']), /expected flags only, got "models"/);
  const help = helpText();
  for (const flag of [
    '--model-repository',
    '--load-model',
    '--cors-origin',
    '--limits-http-body-bytes',
    '--otel-endpoint',
  ])
    assert.ok(help.includes(flag), flag);
});

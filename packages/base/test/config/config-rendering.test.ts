import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileConfigWithOrigins, environmentLayer, redactConfig, renderConfig } from '@rangefinder/base';
import { sampleSchema } from './sample-schema.ts';

const { config, origins } = compileConfigWithOrigins({
  schema: sampleSchema,
  layers: [
    {
      source: 'rangefinder.yaml',
      value: { repositories: ['a b'], budgets: { gpu: 1 }, tls: { certificate: 'c', key: 'private' } },
    },
    environmentLayer(sampleSchema, 'RF', { RF_TOKEN: 'secret-token' }),
  ],
});

test('the printed configuration shows every value, its unit and its source, and no secret', () => {
  assert.equal(
    renderConfig(sampleSchema, config, origins),
    [
      'http:',
      '  host: "127.0.0.1"  # default',
      '  port: 8000  # default',
      '  receiveTimeoutMs: 60000  # ms, default',
      '  compression: true  # default',
      'control: "none"  # default',
      'repositories: ["a b"]  # rangefinder.yaml',
      'budgets: {"gpu":1}  # rangefinder.yaml',
      'threads: "auto"  # default',
      'token: "<hidden>"  # environment RF_TOKEN',
      'tls:',
      '  certificate: "c"  # rangefinder.yaml',
      '  key: "<hidden>"  # rangefinder.yaml',
      '  minVersion: "TLSv1.3"  # default',
      '',
    ].join('\n'),
  );
});

test('redaction hides secrets and whatever the schema does not know', () => {
  const redacted = JSON.stringify(redactConfig(sampleSchema, { ...config, other: 'private too' }));
  assert.doesNotMatch(redacted, /private|secret-token/);
  assert.match(redacted, /"certificate":"c"/);
});

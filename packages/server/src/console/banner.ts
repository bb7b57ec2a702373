import { byteLengthOf } from '@rangefinder/tensor';
import type { ModelMetadata, ModelServer } from '@rangefinder/serving';
import type { RunningServer } from '../server.ts';

/** Where everything is, and three commands that work as they stand. */
export async function banner(server: RunningServer, host: string): Promise<string> {
  const { httpUrl, metricsUrl, modelServer } = server;
  const ready = (await modelServer.index(true)).map(({ name, version }) => `${name} (${version})`);
  const lines = [
    '',
    '  Rangefinder',
    '',
    `  HTTP        ${httpUrl}`,
    `  Dashboard   ${httpUrl}/`,
    `  Interface   ${httpUrl}/docs`,
    `  Metrics     ${metricsUrl === '' ? 'off' : metricsUrl}`,
    `  Models      ${ready.length === 0 ? 'none' : ready.join(', ')}`,
    ...(host === '127.0.0.1'
      ? ['              reachable from this machine only; --host 0.0.0.0 opens it to the network']
      : []),
    '',
    '  Try',
    ...(await commands(modelServer, httpUrl)).map((command) => `    ${command}`),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

async function commands(models: ModelServer, url: string): Promise<string[]> {
  const names = [...new Set((await models.index(true)).map(({ name }) => name))];
  const first = names[0];
  const index = `curl -X POST ${url}/v2/repository/index`;
  if (first === undefined) return [`curl ${url}/v2`, `curl ${url}/v2/health/ready`, index];
  const rawModel = names.map((name) => models.metadata(name)).map((metadata) => rawInfer(metadata, url));
  return [
    `curl ${url}/v2/models/${encodeURIComponent(first)}`,
    rawModel.find((command) => command !== undefined) ?? `curl ${url}/v2`,
    index,
  ];
}

/** A model with one input of known size takes its raw bytes as the whole body: zeros make a request without a file. */
function rawInfer({ name, inputs, maxBatchSize }: ModelMetadata, url: string): string | undefined {
  const [input] = inputs;
  if (inputs.length !== 1 || input?.shape === undefined) return undefined;
  const shape = input.shape.map((dimension, axis) => (axis === 0 && maxBatchSize > 0 ? 1 : dimension));
  if (shape.some((dimension) => typeof dimension !== 'number' || dimension < 0)) return undefined;
  const bytes = byteLengthOf(
    input.dataType,
    (shape as number[]).reduce((product, size) => product * size, 1),
  );
  if (bytes === undefined || bytes === 0) return undefined;
  return `head -c ${bytes} /dev/zero | curl --data-binary @- -H 'Inference-Header-Content-Length: 0' ${url}/v2/models/${encodeURIComponent(name)}/infer`;
}

import { elementCount } from '@rangefinder/tensor';
import type { ModelMetadata, ModelServer } from '@rangefinder/serving';
import type { RunningServer } from '../server.ts';

/** Where everything is, and three commands that work as they stand. */
export async function banner(server: RunningServer, host: string): Promise<string> {
  const { httpUrl, grpcTarget, metricsUrl, modelServer, rankerNames } = server;
  const ready = (await modelServer.index(true)).map(({ name, version }) => `${name} (${version})`);
  const lines = [
    '',
    '  Rangefinder',
    '',
    `  HTTP        ${httpUrl}`,
    `  gRPC        ${grpcTarget === '' ? 'off' : grpcTarget}`,
    `  Dashboard   ${httpUrl}/`,
    `  Interface   ${httpUrl}/docs`,
    `  Metrics     ${metricsUrl === '' ? 'off' : metricsUrl}`,
    `  Models      ${ready.length === 0 ? 'none' : ready.join(', ')}`,
    ...(rankerNames.length === 0 ? [] : [`  Rankers     ${rankerNames.join(', ')}`]),
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
  const index = `curl -X POST ${url}/v2/repository/index`;
  for (const name of names) {
    const metadata = models.metadata(name);
    const infer = inferCommand(metadata, url);
    if (infer !== undefined) return [`curl ${url}/v2/models/${encodeURIComponent(name)}`, infer, index];
  }
  return [`curl ${url}/v2`, `curl ${url}/v2/health/ready`, index];
}

const ELEMENTS_MAX = 10_000;

/** A request full of zeros, for models whose inputs are numbers of a known shape; the shell writes the zeros. */
function inferCommand({ name, inputs, maxBatchSize }: ModelMetadata, url: string): string | undefined {
  const parts: string[] = [];
  for (const { name: input, dataType, shape, optional } of inputs) {
    if (optional) continue;
    const sizes = shape?.map((dimension, axis) => (axis === 0 && maxBatchSize > 0 ? 1 : dimension));
    if (sizes === undefined || !NUMBERS_IN_JSON.test(dataType)) return undefined;
    if (!sizes.every((size) => typeof size === 'number' && size >= 0) || /[^\w.\-/:]/.test(input)) return undefined;
    const count = elementCount(sizes as number[]);
    if (count > ELEMENTS_MAX) return undefined;
    const data = count === 1 ? '0' : `$(yes 0 | head -n ${count} | paste -sd, -)`;
    parts.push(
      `{\\"name\\":\\"${input}\\",\\"datatype\\":\\"${dataType}\\",\\"shape\\":[${sizes.join(',')}],\\"data\\":[${data}]}`,
    );
  }
  return `curl ${url}/v2/models/${encodeURIComponent(name)}/infer -d "{\\"inputs\\":[${parts.join(',')}]}"`;
}

const NUMBERS_IN_JSON = /^(U?INT(8|16|32|64)|FP32|FP64)$/;

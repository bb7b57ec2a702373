import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { dashboardDirectory } from '../../src/index.ts';
import { rankerRoute } from './mock-ranker.ts';
import { batches, history, overview } from './mock-figures.ts';
import type { FigureOptions } from './mock-figures.ts';
import { mockModels } from './mock-models.ts';
import type { MockModel } from './mock-models.ts';
import { readRequest, writeResponse } from './mock-tensors.ts';

/** What the page must live with: nothing inline, nothing from elsewhere. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface MockOptions {
  readonly modelControl?: FigureOptions['modelControl'];
  readonly empty?: boolean;
  /** Whether there is a ranker, and whether its answers are less than whole. */
  readonly ranker?: 'none' | 'whole' | 'degraded';
  /** 0 lets the system choose. */
  readonly port?: number;
  /** How often the event stream speaks. */
  readonly tickMs?: number;
}

export interface MockServer {
  readonly url: string;
  readonly port: number;
  readonly models: MockModel[];
  close(): Promise<void>;
}

type Reply = { readonly status: number; readonly headers: Record<string, string>; readonly body: string | Buffer };

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** A stand-in for the server: its page API, enough of the inference protocol, and the built page. */
export async function startMockServer(options: MockOptions = {}): Promise<MockServer> {
  const models = options.empty === true ? [] : mockModels();
  const startedAtMs = Date.now() - 7_500_000;
  const figures = (): FigureOptions => ({
    atMs: Date.now(),
    startedAtMs,
    modelControl: options.modelControl ?? 'explicit',
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://mock').pathname;
    if (path === '/api/v1/events') {
      streamEvents(response, () => overview(models, figures()), options.tickMs ?? 1000);
      return;
    }
    answer(request, path, models, figures(), options.ranker ?? 'none').then(
      (reply) => response.writeHead(reply.status, reply.headers).end(reply.body),
      (error: unknown) =>
        response.writeHead(400, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error: String(error) })),
    );
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, port, models, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function streamEvents(response: ServerResponse, take: () => unknown, tickMs: number): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const send = (): boolean => response.write(`event: overview\ndata: ${JSON.stringify(take())}\n\n`);
  send();
  const timer = setInterval(send, tickMs);
  response.on('close', () => clearInterval(timer));
}

async function answer(
  request: IncomingMessage,
  path: string,
  models: MockModel[],
  figures: FigureOptions,
  ranker: NonNullable<MockOptions['ranker']>,
): Promise<Reply> {
  if (path === '/get-online-features' || path.startsWith('/v1/')) return rankers(request, path, ranker);
  if (path === '/api/v1/overview') return json(overview(models, figures));
  if (path === '/api/v1/history') return json(history(models, figures, 280));
  if (path.startsWith('/api/v1/models/')) return batchesReply(path, models);
  if (path.startsWith('/v2/repository/models/')) return control(path, models);
  if (path.startsWith('/v2/models/')) return inference(request, path, models);
  return file(path);
}

function json(value: unknown, status = 200): Reply {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) };
}

function batchesReply(path: string, models: readonly MockModel[]): Reply {
  const [, , , , name, , version] = path.split('/');
  const model = models.find((candidate) => candidate.name === name && candidate.version === version);
  return model === undefined
    ? json({ error: `unknown model '${name}'` }, 404)
    : json({ batches: batches(model, Date.now()) });
}

function control(path: string, models: readonly MockModel[]): Reply {
  const [, , , , name, action] = path.split('/');
  const versions = models.filter((model) => model.name === name);
  if (versions.some((model) => model.version === '')) return json({ error: versions[0]!.reason }, 400);
  for (const model of versions) {
    model.state = action === 'load' ? 'READY' : 'UNAVAILABLE';
    model.reason = action === 'load' ? '' : 'unloaded';
  }
  return json({});
}

async function rankers(
  request: IncomingMessage,
  path: string,
  ranker: NonNullable<MockOptions['ranker']>,
): Promise<Reply> {
  if (ranker === 'none') return json({ rankers: [] });
  const body = await bodyOf(request);
  const found = rankerRoute(path, body.length === 0 ? undefined : JSON.parse(body.toString()), ranker === 'degraded');
  return found === undefined ? json({ error: `nothing at ${path}` }, 404) : json(found);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function inference(request: IncomingMessage, path: string, models: readonly MockModel[]): Promise<Reply> {
  const [, , , name, , version, verb] = path.split('/');
  const model = models.find((candidate) => candidate.name === name && candidate.version === version);
  if (model === undefined || model.state !== 'READY') return json({ error: `model '${name}' is not ready` }, 404);
  if (verb === 'config') {
    const input = model.inputs.map((tensor) => ({
      name: tensor.name,
      data_type: `TYPE_${tensor.datatype}`,
      dims: tensor.shape.slice(model.maxBatchSize > 0 ? 1 : 0),
      optional: tensor.optional === true,
    }));
    return json({
      name: model.name,
      platform: 'onnxruntime_onnx',
      backend: 'onnxruntime',
      max_batch_size: model.maxBatchSize,
      input,
      instance_group: [{ name: model.name, kind: 'KIND_CPU', count: 2, gpus: [] }],
      dynamic_batching: { preferred_batch_size: [16, 32], max_queue_delay_microseconds: 500, preserve_ordering: false },
      version_policy: { latest: { num_versions: 2 } },
    });
  }
  if (verb === undefined)
    return json({
      name: model.name,
      versions: [model.version],
      platform: 'onnxruntime_onnx',
      inputs: model.inputs,
      outputs: model.outputs,
    });
  const body = await bodyOf(request);
  const length = request.headers['inference-header-content-length'];
  const { inputs, binaryOutputs } = readRequest(body, length === undefined ? undefined : Number(length));
  const missing = model.inputs.find(
    (input) => input.optional !== true && !inputs.some((given) => given.name === input.name),
  );
  if (missing !== undefined) return json({ error: `input '${missing.name}' is missing` }, 400);
  if (inputs.some((input) => model.maxBatchSize > 0 && input.shape[0]! > model.maxBatchSize))
    return json({ error: `inputs: batch of ${inputs[0]!.shape[0]} rows, at most ${model.maxBatchSize} expected` }, 400);
  return { status: 200, ...writeResponse(model.name, model.version, model.run(inputs), binaryOutputs) };
}

async function file(path: string): Promise<Reply> {
  const name = path === '/' ? 'index.html' : path.slice(1);
  if (!/^(index\.html|assets\/[\w.-]+)$/.test(name)) return json({ error: `nothing at ${path}` }, 404);
  const body = await readFile(new URL(name, dashboardDirectory));
  const headers = {
    'Content-Type': TYPES[name.split('.').at(-1)!] ?? 'application/octet-stream',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
  };
  return { status: 200, headers, body };
}

if (import.meta.main) {
  const { url } = await startMockServer({ port: Number(process.env['PORT'] ?? 0), ranker: 'degraded' });
  process.stdout.write(`${url}\n`);
}

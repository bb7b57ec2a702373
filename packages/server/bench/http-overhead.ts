/**
 * What the HTTP front end costs: requests per second of one process at 32 keep-alive connections, from a client in a worker
 * thread of its own, for the liveness endpoint and for infer over the builtin identity (binary, one row of 64 floats).
 * `node packages/server/bench/http-overhead.ts [seconds]`. The figures are of a shared machine: compare runs side by side.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { serverOptions, startServer } from '../src/index.ts';

const CONNECTIONS = 32;
const ROUNDS = 5;

interface Load {
  readonly port: number;
  readonly request: Buffer;
  readonly seconds: number;
}

/** Sends the next request on a connection as soon as its answer is complete. Counts answers. */
async function load({ port, request, seconds }: Load): Promise<number> {
  const endMs = performance.now() + seconds * 1000;
  let answers = 0;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      let bytes = 0;
      let length = -1;
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        if (length < 0) {
          const head = chunk.indexOf('\r\n\r\n');
          const text = chunk.latin1Slice(0, head);
          if (!text.startsWith('HTTP/1.1 200')) reject(new Error(chunk.toString()));
          length = head + 4 + Number(/Content-Length: (\d+)/.exec(text)?.[1]);
        }
        bytes += chunk.length;
        if (bytes < length) return;
        bytes = 0;
        length = -1;
        answers++;
        if (performance.now() < endMs) socket.write(request);
        else {
          socket.destroy();
          resolve();
        }
      });
      socket.write(request);
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return answers / seconds;
}

function measured(data: Load): Promise<{ rate: number; cpuUs: number }> {
  const before = process.threadCpuUsage();
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: data });
    worker.on('error', reject);
    worker.on('message', (rate: number) => {
      const { user, system } = process.threadCpuUsage(before);
      resolve({ rate, cpuUs: (user + system) / (rate * data.seconds) });
    });
  });
}

async function repository(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rangefinder-bench-'));
  await mkdir(join(root, 'echo', '1'), { recursive: true });
  const definition = { kind: 'identity', dataType: 'FP32', shape: ['batch', 64] };
  await writeFile(join(root, 'echo', '1', 'model.json'), JSON.stringify(definition));
  await writeFile(join(root, 'echo', 'model.yaml'), 'backend: builtin\nmax_batch_size: 64\ndynamic_batching: {}\n');
  return root;
}

function inferRequest(): Buffer {
  const inputs = [{ name: 'INPUT', shape: [1, 64], datatype: 'FP32', parameters: { binary_data_size: 256 } }];
  const json = JSON.stringify({ parameters: { binary_data_output: true }, inputs });
  const head = `POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nInference-Header-Content-Length: ${json.length}\r\nContent-Length: ${json.length + 256}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head + json), Buffer.alloc(256)]);
}

async function run(seconds: number): Promise<void> {
  const root = await repository();
  const server = await startServer(
    serverOptions({ modelRepository: [root], httpPort: 0, grpc: false, metrics: false, logLevel: 'error' }),
  );
  const { port } = server.httpAddress;
  const requests = {
    live: Buffer.from('GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    infer: inferRequest(),
  };
  const results = new Map<string, { rate: number; cpuUs: number }[]>();
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, request] of Object.entries(requests)) {
      const result = await measured({ port, request, seconds });
      if (round >= 0) results.set(name, [...(results.get(name) ?? []), result]);
    }
  }
  for (const [name, rounds] of results) {
    const middle = rounds.toSorted((a, b) => a.rate - b.rate)[ROUNDS >> 1];
    process.stdout.write(
      `${name.padEnd(6)} ${Math.round(middle?.rate ?? 0)} requests/s, ${middle?.cpuUs.toFixed(1)} µs of the main thread each\n`,
    );
  }
  await server.close(0);
  await rm(root, { recursive: true, force: true });
}

if (isMainThread) await run(Number(process.argv[2] ?? 2));
else parentPort?.postMessage(await load(workerData as Load));

/**
 * How long large JSON tensors take, and how long they hold the event loop at a time. Run: node packages/protocol/bench/json-tensors.ts
 * Prints medians of several rounds; slices are of all rounds after the first, which runs cold. Another process on the core shows up in the longest.
 */
import { DEFAULT_LIMITS } from '@rangefinder/base';
import { bytesOf, encodeStringElements, type Tensor } from '@rangefinder/tensor';
import { decodeInferRequest, encodeInferRequest, encodeInferResponse, type EncodedBody } from '@rangefinder/protocol';

const TARGET_BYTES = 16 * 1024 * 1024;
const ROUNDS = 7;
const JSON_OUT = { outputs: [], parameters: { priority: 0, timeoutUs: 0, other: {} } };

interface Measurement {
  totalMs: number;
  sliceMs: number[];
}

/** Runs work whose turns are timed: from start or a turn's begin to the next yield. */
async function timeSlices(work: (yieldToEventLoop: () => Promise<void>) => unknown): Promise<Measurement> {
  const sliceMs: number[] = [];
  let totalMs = 0;
  let turnStart = performance.now();
  const endTurn = (): void => {
    const ms = performance.now() - turnStart;
    sliceMs.push(ms);
    totalMs += ms;
  };
  await work(async () => {
    endTurn();
    await new Promise(setImmediate);
    turnStart = performance.now();
  });
  endTurn();
  return { totalMs, sliceMs };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function report(name: string, megabytes: number, work: Parameters<typeof timeSlices>[0]): Promise<void> {
  const rounds: Measurement[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await timeSlices(work));
  const totalMs = median(rounds.map((round) => round.totalMs));
  const slices = rounds
    .slice(1)
    .flatMap((round) => round.sliceMs)
    .toSorted((x, y) => x - y);
  const [p50, p99] = [0.5, 0.99].map((part) => slices[Math.floor(slices.length * part)]!.toFixed(2));
  const cold = Math.max(...(rounds[0]?.sliceMs ?? [])).toFixed(2);
  print(
    `${name.padEnd(28)} ${megabytes.toFixed(1).padStart(5)} MB  ${totalMs.toFixed(0).padStart(5)} ms  ` +
      `${(megabytes / (totalMs / 1000)).toFixed(0).padStart(4)} MB/s  slice p50 ${p50} p99 ${p99} max ${slices.at(-1)!.toFixed(2)} ms (cold max ${cold} ms)`,
  );
}

function joined(body: EncodedBody): Uint8Array {
  return new Uint8Array(Buffer.concat(body.chunks));
}

function tensors(): Tensor[] {
  const of = (dataType: Tensor['dataType'], count: number, bytes: Uint8Array): Tensor => ({
    name: dataType,
    dataType,
    shape: [count],
    bytes,
  });
  const floats = Float32Array.from({ length: 1_500_000 }, () => Math.random() * 2 - 1);
  const doubles = Float64Array.from({ length: 850_000 }, () => Math.random() * 2 - 1);
  const integers = Int32Array.from({ length: 1_500_000 }, () => Math.random() * 2 ** 31);
  const longs = BigInt64Array.from({ length: 850_000 }, () => BigInt(Math.floor(Math.random() * 2 ** 53)) * 1000n);
  const words = Array.from({ length: 900_000 }, (_, i) => `item "${i}" é`);
  return [
    of('FP32', floats.length, bytesOf(floats)),
    of('FP64', doubles.length, bytesOf(doubles)),
    of('INT32', integers.length, bytesOf(integers)),
    of('INT64', longs.length, bytesOf(longs)),
    of('BYTES', words.length, encodeStringElements(words)),
  ];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const base = { modelName: 'm', modelVersion: '', limits: DEFAULT_LIMITS };

print(`JSON tensors of about ${TARGET_BYTES / 1024 / 1024} MB, ${ROUNDS} rounds`);
for (const tensor of tensors()) {
  const request = { id: '', inputs: [tensor], outputs: [], parameters: JSON_OUT.parameters };
  const body = joined(await encodeInferRequest(request, { binary: false }));
  const response = { modelName: 'm', modelVersion: '1', id: '', outputs: [tensor], parameters: {} };
  const megabytes = body.length / 1024 / 1024;
  await report(`decode ${tensor.dataType}`, megabytes, (yieldToEventLoop) =>
    decodeInferRequest({ ...base, body, headerLength: undefined, yieldToEventLoop }),
  );
  await report(`encode ${tensor.dataType}`, megabytes, (yieldToEventLoop) =>
    encodeInferResponse(response, JSON_OUT, { yieldToEventLoop }),
  );
}

function perCall(name: string, calls: number, work: () => unknown): void {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) work();
    rounds.push(((performance.now() - start) * 1e6) / calls);
  }
  print(`${name.padEnd(40)} ${median(rounds).toFixed(0).padStart(7)} ns`);
}

const small: Tensor = {
  name: 'input',
  dataType: 'FP32',
  shape: [1, 64],
  bytes: bytesOf(Float32Array.from({ length: 64 }, Math.random)),
};
const outputs = [{ name: 'output', binaryData: true, classificationCount: 0 }];
const smallRequest = { id: 'a1', inputs: [small], outputs, parameters: JSON_OUT.parameters };
const binary = await encodeInferRequest(smallRequest, { binary: true });
const binaryBody = joined(binary);
const jsonBody = joined(await encodeInferRequest(smallRequest, { binary: false }));
const jsonText = new TextDecoder().decode(jsonBody);
const headerText = new TextDecoder().decode(binaryBody.subarray(0, binary.headerContentLength));
const smallResponse = { modelName: 'm', modelVersion: '1', id: 'a1', outputs: [small], parameters: {} };
perCall('decode binary, FP32[1,64]', 50_000, () =>
  decodeInferRequest({ ...base, body: binaryBody, headerLength: binary.headerContentLength }),
);
perCall('  its header by JSON.parse', 50_000, () => JSON.parse(headerText));
perCall('decode JSON, FP32[1,64]', 20_000, () =>
  decodeInferRequest({ ...base, body: jsonBody, headerLength: undefined }),
);
perCall('  the body by JSON.parse', 20_000, () => JSON.parse(jsonText));
perCall('encode binary, FP32[1,64]', 50_000, () =>
  encodeInferResponse(smallResponse, {
    ...JSON_OUT,
    outputs: [{ name: 'input', binaryData: true, classificationCount: 0 }],
  }),
);
perCall('encode JSON, FP32[1,64]', 20_000, () => encodeInferResponse(smallResponse, JSON_OUT));

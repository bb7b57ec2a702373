/**
 * The second opinion: ONNX Runtime alone, through its official binding, in a process of its own (that binding never gets into
 * the server). `bareVerdicts` starts it and asks about some cases; the file itself is that process.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import {
  decodeStringElements,
  elementCount,
  encodeStringElements,
  type DataType,
  type Tensor,
} from '@rangefinder/tensor';
import { difference } from './compare.ts';
import { numbersOf } from './elements.ts';
import { findTestCases, readDataSet, readInterface, type TestCase } from './test-cases.ts';

export interface BareVerdict {
  readonly id: string;
  /** Empty: ONNX Runtime alone gives what is expected, or its binding cannot be asked. */
  readonly problem: string;
}

/** What ONNX Runtime alone makes of these cases, by id. A case that ends the process is reported as one it cannot run. */
export async function bareVerdicts(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const verdicts = new Map<string, string>();
  let left = ids;
  while (left.length > 0) {
    for (const { id, problem } of await askProcess(left)) verdicts.set(id, problem);
    const [next, ...rest] = left.filter((id) => !verdicts.has(id));
    if (next !== undefined) verdicts.set(next, 'the process of ONNX Runtime ended');
    left = rest;
  }
  return verdicts;
}

function askProcess(ids: readonly string[]): Promise<BareVerdict[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [import.meta.filename], { stdio: ['pipe', 'pipe', 'ignore'] });
    let answers = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (answers += chunk));
    child.on('error', reject);
    child.on('close', () => {
      const lines = answers.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
      resolve(lines.map((line) => JSON.parse(line) as BareVerdict));
    });
    child.stdin.end(JSON.stringify(ids));
  });
}

type OrtTensor = {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<unknown> & ArrayBufferView;
};

interface Ort {
  readonly InferenceSession: { create(path: string): Promise<OrtSession> };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
}

interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

const ORT_NAMES: Partial<Readonly<Record<DataType, string>>> = {
  FP32: 'float32',
  FP64: 'float64',
  FP16: 'float16',
  BYTES: 'string',
  ...Object.fromEntries(
    ['INT8', 'INT16', 'INT32', 'INT64', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'BOOL'].map((name) => [
      name,
      name.toLowerCase(),
    ]),
  ),
};

async function answer(): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const wanted = new Set(JSON.parse(Buffer.concat(chunks).toString()) as string[]);
  const ort = createRequire(import.meta.url)('onnxruntime-node') as Ort;
  for (const testCase of findTestCases()) {
    if (!wanted.has(testCase.id)) continue;
    const problem = await problemOf(ort, testCase).catch((error: unknown) => {
      if (isOfBinding(error)) return '';
      return error instanceof Error ? error.message : String(error);
    });
    process.stdout.write(`${JSON.stringify({ id: testCase.id, problem } satisfies BareVerdict)}\n`);
  }
}

/** What the binding has no form for says nothing about the runtime. */
function isOfBinding(error: unknown): boolean {
  return error instanceof Error && /^(Unsupported data type|the official binding)/.test(error.message);
}

async function problemOf(ort: Ort, testCase: TestCase): Promise<string> {
  const graph = readInterface(testCase);
  const session = await ort.InferenceSession.create(testCase.modelPath);
  try {
    for (const dataSet of testCase.dataSets) {
      const { inputs, outputs: expected } = readDataSet(testCase, dataSet, graph);
      const outputs = await session.run(Object.fromEntries(inputs.map((tensor) => [tensor.name, toOrt(ort, tensor)])));
      const problems = expected.flatMap(
        (tensor) => difference(fromOrt(tensor.name, outputs[tensor.name]), tensor) ?? [],
      );
      if (problems.length > 0) return problems.join('; ');
    }
    return '';
  } finally {
    await session.release();
  }
}

function toOrt(ort: Ort, tensor: Tensor): OrtTensor {
  const type = ORT_NAMES[tensor.dataType];
  if (type === undefined) throw new Error(`the official binding has no ${tensor.dataType}`);
  if (tensor.dataType === 'BYTES')
    return new ort.Tensor(type, decodeStringElements(tensor.bytes, elementCount(tensor.shape)), tensor.shape);
  if (tensor.dataType === 'FP16')
    return new ort.Tensor(type, new Uint16Array(Uint8Array.from(tensor.bytes).buffer), tensor.shape);
  return new ort.Tensor(type, numbersOf(tensor), tensor.shape);
}

function fromOrt(name: string, tensor: OrtTensor | undefined): Tensor | undefined {
  if (tensor === undefined) return undefined;
  const dataType = Object.keys(ORT_NAMES).find((key) => ORT_NAMES[key as DataType] === tensor.type) as
    | DataType
    | undefined;
  if (dataType === undefined) throw new Error(`the official binding gave ${tensor.type}`);
  const { buffer, byteOffset, byteLength } = tensor.data;
  const bytes =
    dataType === 'BYTES'
      ? encodeStringElements(Array.from(tensor.data as ArrayLike<string>))
      : new Uint8Array(buffer, byteOffset, byteLength);
  return { name, dataType, shape: tensor.dims, bytes };
}

if (import.meta.main) await answer();

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { OnnxEngine, type RunInput } from '@rangefinder/engines';
import { buildOnnxModel, fp32Initializer, type OnnxNode } from '@rangefinder/testing';
import { splitModel } from '@rangefinder/repository';
import { runCli } from '../src/run-cli.ts';
import { TemporaryFolder } from './model-repository.ts';

const WIDTH = 4;
const ENGINE_OPTIONS = {
  intraOpThreads: 1,
  interOpThreads: 1,
  graphOptimizationLevel: 'basic',
  executionProviders: [],
  memoryArena: true,
  optimizedModelCacheDir: undefined,
  extra: {},
} as const;
const engine = new OnnxEngine();
after(() => engine.close());

async function run(argv: readonly string[]) {
  const written = { out: '', error: '' };
  const sink = (part: 'out' | 'error') => ({
    write: (text: string) => void (written[part] += text),
    isTerminal: false,
  });
  const signal = new AbortController().signal;
  const terminal = {
    out: sink('out'),
    error: sink('error'),
    environment: {},
    readInput: async () => Buffer.of(),
    signal,
  };
  return { code: await runCli(argv, terminal, '1.2.3'), ...written };
}

/** USER and ITEM are FP32 [batch, WIDTH]; the last node makes SCORE. */
function twoSided(nodes: readonly OnnxNode[]): Uint8Array {
  const weight = (seed: number) => (i: number) => Math.sin(i * 1.7 + seed);
  const value = (name: string) => ({ name, dataType: 'FP32' as const, shape: ['batch', WIDTH] });
  return buildOnnxModel({
    nodes,
    inputs: [value('USER'), value('ITEM')],
    outputs: [{ name: 'SCORE', dataType: 'FP32', shape: ['batch', -1] }],
    initializers: [
      fp32Initializer('W', [WIDTH, WIDTH], weight(1)),
      fp32Initializer('V', [2 * WIDTH, 1], weight(2)),
      fp32Initializer('B', [WIDTH], weight(3)),
      fp32Initializer('ROWS', [3, WIDTH], weight(4)),
      { name: 'LAST', dataType: 'INT64', shape: [1], bytes: new Uint8Array(BigInt64Array.of(-1n).buffer) },
      { name: 'BATCH', dataType: 'INT64', shape: [1], bytes: new Uint8Array(BigInt64Array.of(0n).buffer) },
    ],
  });
}

const JOINED: readonly OnnxNode[] = [
  { operator: 'Gemm', inputs: ['USER', 'W', 'B'], outputs: ['u'] },
  { operator: 'Relu', inputs: ['u'], outputs: ['v'] },
  { operator: 'Concat', inputs: ['v', 'ITEM'], outputs: ['both'], attributes: { axis: { int: 1 } } },
  { operator: 'MatMul', inputs: ['both', 'V'], outputs: ['SCORE'] },
];

const input = (name: string, rows: number, values: Float32Array): RunInput => {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const write = (target: Uint8Array): void => target.set(bytes);
  return { name, dataType: 'FP32', shape: [rows, values.length / rows], byteLength: bytes.length, write };
};

/** Outputs of one run, by name. */
async function outputsOf(model: Uint8Array, inputs: readonly RunInput[]): Promise<Map<string, Float32Array>> {
  using folder = new TemporaryFolder();
  folder.write('model.onnx', model);
  const loaded = await engine.load({
    modelName: 'split',
    modelVersion: '1',
    modelPath: join(folder.path, 'model.onnx'),
    instances: 1,
    options: ENGINE_OPTIONS,
  });
  try {
    const result = await loaded.run({ inputs, outputs: [] }).result;
    const outputs = result.outputs.map(
      ({ name, bytes }) => [name, new Float32Array(Uint8Array.from(bytes).buffer)] as const,
    );
    result.release();
    return new Map(outputs);
  } finally {
    await loaded.unload();
  }
}

/** The model on equal user rows against the two parts on one. */
async function assertSameScores(model: Uint8Array, items: number): Promise<void> {
  const values = (count: number, seed: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => Math.cos(i * 2.3 + seed));
  const user = values(WIDTH, 1);
  const item = input('ITEM', items, values(items * WIDTH, 2));
  const repeated = Float32Array.from({ length: items * WIDTH }, (_, i) => user[i % WIDTH]!);
  const whole = (await outputsOf(model, [input('USER', items, repeated), item])).get('SCORE')!;
  const split = splitModel(model, ['USER']);
  const cuts = await outputsOf(split.user, [input('USER', 1, user)]);
  const shared = [...cuts].map(([name, cut]) => input(name, 1, cut));
  if (split.report.itemInputs.includes('USER')) shared.push(input('USER', 1, user));
  const parts = (await outputsOf(split.item, [...shared, item])).get('SCORE')!;
  assert.equal(parts.length, whole.length);
  parts.forEach((score, i) => assert.ok(Math.abs(score - whole[i]!) <= 1e-6, `item ${i}: ${score}, whole ${whole[i]}`));
}

test('a two-sided model: the same scores, for one item and for many', async () => {
  for (const items of [1, 5]) await assertSameScores(twoSided(JOINED), items);
});

const USER_STEPS: readonly ((from: string, to: string) => OnnxNode)[] = [
  (from, to) => ({ operator: 'Gemm', inputs: [from, 'W', 'B'], outputs: [to] }),
  (from, to) => ({ operator: 'Tanh', inputs: [from], outputs: [to] }),
  (from, to) => ({ operator: 'Add', inputs: ['B', from], outputs: [to] }),
  (from, to) => ({ operator: 'Mul', inputs: [from, 'USER'], outputs: [to] }),
  (from, to) => ({ operator: 'Softmax', inputs: [from], outputs: [to] }),
  // Across the batch: not row by row, so it and what follows must stay.
  (from, to) => ({ operator: 'CumSum', inputs: [from, 'BATCH'], outputs: [to] }),
  (from, to) => ({ operator: 'Softmax', inputs: [from], outputs: [to], attributes: { axis: { int: 0 } } }),
  (from, to) => ({ operator: 'Add', inputs: [from, 'ITEM'], outputs: [to] }),
];

test('generated chains of nodes, some of them across the batch or of the item: the same scores', async () => {
  const chains = fc.array(fc.nat(USER_STEPS.length - 1), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(chains, fc.integer({ min: 1, max: 4 }), async (steps, items) => {
      const chain = steps.map((step, i) => USER_STEPS[step]!(i === 0 ? 'v' : `x${i}`, `x${i + 1}`));
      const join = {
        operator: 'Concat',
        inputs: [`x${steps.length}`, 'ITEM'],
        outputs: ['both'],
        attributes: { axis: { int: 1 } },
      };
      await assertSameScores(twoSided([...JOINED.slice(0, 2), ...chain, join, ...JOINED.slice(3)]), items);
    }),
    { numRuns: 20 },
  );
});

test('the command writes two files, says what moved, and replaces nothing unasked', async () => {
  using folder = new TemporaryFolder();
  folder.write('ranker.onnx', twoSided(JOINED));
  const model = join(folder.path, 'ranker.onnx');
  const first = await run(['split', model, '--user', 'USER']);
  assert.equal(first.code, 0, first.error);
  assert.match(first.out, /user\.onnx {2}2 nodes, .*: once a request\n {2}reads USER\n {2}moved Gemm, Relu, 67% of/);
  assert.match(first.out, /item\.onnx {2}2 nodes/);
  assert.match(first.out, /user_part_1_[0-9a-f]{12} {2}FP32 \[\?, 4\] {2}was v/);
  const again = await run(['split', model, '--user', 'USER']);
  assert.equal(again.code, 2);
  assert.match(again.error, /user\.onnx is there already; --force replaces it/);
  const forced = await run(['split', model, '-u', 'USER', '--force', '--json']);
  const [cut, ...others] = JSON.parse(forced.out).cuts;
  assert.deepEqual(others, []);
  assert.match(cut.name, /^user_part_1_[0-9a-f]{12}$/);
  assert.deepEqual({ ...cut, name: '' }, { name: '', tensor: 'v', datatype: 'FP32', shape: [-1, 4] });
});

test('into a repository: two models under one version, configured where they are not', async () => {
  using folder = new TemporaryFolder();
  const models = join(folder.path, 'models');
  folder.write('models/ranker/1/model.onnx', twoSided(JOINED));
  folder.write('models/ranker/config.pbtxt', 'max_batch_size: 8');
  const whole = join(models, 'ranker', '1', 'model.onnx');
  const first = await run(['split', whole, '-u', 'USER', '--repository', models, '--json']);
  assert.equal(first.code, 0, first.error);
  assert.deepEqual(JSON.parse(first.out).files, {
    user: join(models, 'ranker-user', '2', 'model.onnx'),
    item: join(models, 'ranker', '2', 'model.onnx'),
  });
  assert.match(readFileSync(join(models, 'ranker-user', 'model.yaml'), 'utf8'), /versions: latest 2/);
  assert.equal(existsSync(join(models, 'ranker', 'model.yaml')), false);
  const checked = await run(['check', models]);
  assert.equal(checked.code, 0, checked.out + checked.error);
  const other = await run(['split', whole, '-u', 'USER', '--repository', models, '--name', 'second']);
  assert.match(other.out, /second-user/);
  assert.match(readFileSync(join(models, 'second', 'model.yaml'), 'utf8'), /max_batch_size: 512/);
  assert.equal((await run(['check', models])).code, 0);
  const again = ['split', whole, '-u', 'USER', '--repository', models, '--model-version', '2'];
  const refused = await run(again);
  assert.equal(refused.code, 2);
  assert.match(refused.error, /ranker-user\/2\/model\.onnx is there already/);
  assert.equal((await run([...again, '--force'])).code, 0);
});

test('options that do not go together are refused', async () => {
  using folder = new TemporaryFolder();
  folder.write('ranker.onnx', twoSided(JOINED));
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [['--name', 'x'], /--name: expected --repository beside it/],
    [['--repository', folder.path, '-o', folder.path], /--output: expected --output or --repository, got both/],
    [['--repository', folder.path, '--name', '../x'], /model name: expected a model name without slashes/],
    [['--repository', folder.path, '--model-version', '0'], /--model-version: expected a whole number/],
  ];
  for (const [options, message] of refusals) {
    const { code, error } = await run(['split', join(folder.path, 'ranker.onnx'), '--user', 'USER', ...options]);
    assert.equal(code, 2);
    assert.match(error, message);
  }
});

test('what cannot be split says why, and writes nothing', async () => {
  using folder = new TemporaryFolder();
  folder.write('ranker.onnx', twoSided(JOINED));
  folder.write('mixed.onnx', twoSided([{ operator: 'Mul', inputs: ['USER', 'ITEM'], outputs: ['SCORE'] }]));
  folder.write('broken.onnx', Uint8Array.of(1, 2, 3));
  const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['ranker.onnx', ['--user', 'NOBODY'], /the model has no input 'NOBODY'; it has USER, ITEM/],
    ['ranker.onnx', ['--user', 'USER', '--user', 'ITEM'], /all inputs are the user’s/],
    ['ranker.onnx', [], /--user: expected at least one input/],
    ['mixed.onnx', ['--user', 'USER'], /nothing to split/],
    ['broken.onnx', ['--user', 'USER'], /not an ONNX model/],
    ['absent.onnx', ['--user', 'USER'], /absent\.onnx is not a file/],
  ];
  for (const [file, options, message] of refused) {
    const { code, error } = await run(['split', join(folder.path, file), ...options]);
    assert.equal(code, 2, file);
    assert.match(error, message);
  }
  assert.equal(existsSync(join(folder.path, 'user.onnx')), false);
  assert.ok(readFileSync(join(folder.path, 'ranker.onnx')).length > 0);
});

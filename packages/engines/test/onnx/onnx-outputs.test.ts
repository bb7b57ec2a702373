import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { OnnxEngine } from '@rangefinder/engines';
import { buildOnnxModel, fp32Initializer, mlpModel, type OnnxNode } from '@rangefinder/testing';
import { fp32, fp32Values, int64, runOnce, strings, withOnnxModel } from './onnx-models.ts';

/** Each is run several times: the first learns where outputs go, later ones have them written there. */
const ROUNDS = 4;

describe('outputs of an ONNX model', () => {
  const engine = new OnnxEngine();
  after(() => engine.close());

  test('one that depends on data only has a new shape each time', async () => {
    const model = buildOnnxModel({
      nodes: [{ operator: 'NonZero', inputs: ['X'], outputs: ['Y'] }],
      inputs: [{ name: 'X', dataType: 'FP32', shape: ['n'] }],
      outputs: [{ name: 'Y', dataType: 'INT64', shape: [1, 'm'] }],
    });
    await withOnnxModel(engine, model, async (loaded) => {
      const cases = [
        [1, 0, 1, 1],
        [0, 0, 0, 0],
        [1, 1, 1, 1],
        [0, 1, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 1, 1],
      ];
      for (const values of [...cases, ...cases]) {
        const [output] = await runOnce(loaded, [['X', 'FP32', [4], fp32(...values)]]);
        const expected = values.flatMap((value, i) => (value === 0 ? [] : [i]));
        assert.deepEqual(output?.shape, [1, expected.length]);
        assert.deepEqual(output.bytes, int64(...expected));
      }
    });
  });

  test('one that grows far beyond what was learnt is still whole', async () => {
    const model = buildOnnxModel({
      nodes: [{ operator: 'Range', inputs: ['START', 'END', 'STEP'], outputs: ['Y'] }],
      inputs: ['START', 'END', 'STEP'].map((name) => ({ name, dataType: 'INT64', shape: [] })),
      outputs: [{ name: 'Y', dataType: 'INT64', shape: ['n'] }],
    });
    await withOnnxModel(engine, model, async (loaded) => {
      for (const end of [3, 3, 100_000, 5, 200_000, 0, 200_000]) {
        const scalar = (name: string, value: number) => [name, 'INT64', [], int64(value)] as const;
        const [output] = await runOnce(loaded, [scalar('START', 0), scalar('END', end), scalar('STEP', 1)]);
        assert.deepEqual(output?.shape, [end]);
        const values = new BigInt64Array(output.bytes.buffer as ArrayBuffer);
        assert.equal(values.length, end);
        if (end > 0) assert.equal(values.at(-1), BigInt(end - 1));
      }
    });
  });

  test('one that is an input, a constant or an initializer has its value', async () => {
    const model = buildOnnxModel({
      nodes: [
        {
          operator: 'Constant',
          inputs: [],
          outputs: ['CONSTANT'],
          attributes: { value: { tensor: fp32Initializer('', [2], () => 7) } },
        },
        { operator: 'Add', inputs: ['WEIGHT', 'WEIGHT'], outputs: ['FOLDED'] },
        { operator: 'Identity', inputs: ['X'], outputs: ['COPY'] },
        { operator: 'Relu', inputs: ['X'], outputs: ['TWICE'] },
        { operator: 'Identity', inputs: ['TWICE'], outputs: ['AGAIN'] },
      ],
      inputs: [{ name: 'X', dataType: 'FP32', shape: [2] }],
      outputs: ['X', 'CONSTANT', 'WEIGHT', 'FOLDED', 'COPY', 'TWICE', 'AGAIN'].map((name) => ({
        name,
        dataType: 'FP32',
        shape: [2],
      })),
      initializers: [fp32Initializer('WEIGHT', [2], () => 4)],
    });
    await withOnnxModel(engine, model, async (loaded) => {
      const names = ['X', 'CONSTANT', 'WEIGHT', 'FOLDED', 'COPY', 'TWICE', 'AGAIN'];
      for (const asked of [[], ...names.map((name) => [name]), ['AGAIN', 'TWICE'], ['FOLDED', 'WEIGHT', 'COPY']]) {
        for (let i = 0; i < ROUNDS; i += 1) {
          const outputs = await runOnce(loaded, [['X', 'FP32', [2], fp32(i, 1)]], asked);
          const given = [i, 1];
          const expected: Record<string, number[]> = {
            X: given,
            CONSTANT: [7, 7],
            WEIGHT: [4, 4],
            FOLDED: [8, 8],
            COPY: given,
            TWICE: given,
            AGAIN: given,
          };
          assert.deepEqual(
            outputs.map(({ name }) => name),
            asked.length === 0 ? names : asked,
          );
          for (const output of outputs) assert.deepEqual(fp32Values(output), expected[output.name], output.name);
        }
      }
    });
  });

  test('one of either branch of an If is right, whichever was taken first', async () => {
    const branch = (nodes: readonly OnnxNode[], output: string) => ({
      graph: { name: output, nodes, inputs: [], outputs: [{ name: output, dataType: 'FP32' as const, shape: ['n'] }] },
    });
    const model = buildOnnxModel({
      nodes: [
        {
          operator: 'If',
          inputs: ['CONDITION'],
          outputs: ['Y'],
          attributes: {
            then_branch: branch([{ operator: 'Identity', inputs: ['X'], outputs: ['then_y'] }], 'then_y'),
            else_branch: branch(
              [{ operator: 'Concat', inputs: ['X', 'X'], outputs: ['else_y'], attributes: { axis: { int: 0 } } }],
              'else_y',
            ),
          },
        },
      ],
      inputs: [
        { name: 'CONDITION', dataType: 'BOOL', shape: [] },
        { name: 'X', dataType: 'FP32', shape: ['n'] },
      ],
      outputs: [{ name: 'Y', dataType: 'FP32', shape: ['m'] }],
    });
    await withOnnxModel(engine, model, async (loaded) => {
      for (const condition of [1, 1, 1, 0, 1, 0, 0, 1, 1]) {
        const [output] = await runOnce(loaded, [
          ['CONDITION', 'BOOL', [], Uint8Array.of(condition)],
          ['X', 'FP32', [2], fp32(condition, 5)],
        ]);
        const once = [condition, 5];
        assert.deepEqual(fp32Values(output), condition === 1 ? once : [...once, ...once]);
      }
    });
  });

  test('only those asked for are given, in the order asked', async () => {
    const model = buildOnnxModel({
      nodes: [
        { operator: 'Neg', inputs: ['X'], outputs: ['A'] },
        { operator: 'Abs', inputs: ['X'], outputs: ['B'] },
      ],
      inputs: [{ name: 'X', dataType: 'FP32', shape: [1] }],
      outputs: ['A', 'B'].map((name) => ({ name, dataType: 'FP32', shape: [1] })),
    });
    await withOnnxModel(engine, model, async (loaded) => {
      for (const asked of [[], ['B'], ['A'], ['B', 'A'], ['A', 'B']]) {
        const outputs = await runOnce(loaded, [['X', 'FP32', [1], fp32(-2)]], asked);
        const names = asked.length === 0 ? ['A', 'B'] : asked;
        assert.deepEqual(
          outputs.map(({ name, bytes }) => [name, bytes]),
          names.map((name) => [name, fp32(2)]),
        );
      }
    });
  });

  test('strings of any length and content come through operators', async () => {
    const model = buildOnnxModel({
      nodes: [{ operator: 'Concat', inputs: ['A', 'B'], outputs: ['Y'], attributes: { axis: { int: 0 } } }],
      inputs: ['A', 'B'].map((name) => ({ name, dataType: 'BYTES', shape: ['n'] })),
      outputs: [{ name: 'Y', dataType: 'BYTES', shape: ['m'] }],
    });
    await withOnnxModel(engine, model, async (loaded) => {
      const a = ['', 'ein\0zwei', '日本語', 'x'.repeat(70_000)];
      for (const b of [[], [''], ['a', 'b']]) {
        const [output] = await runOnce(loaded, [
          ['A', 'BYTES', [a.length], strings(...a)],
          ['B', 'BYTES', [b.length], strings(...b)],
        ]);
        assert.deepEqual(output?.shape, [a.length + b.length]);
        assert.deepEqual(output.bytes, strings(...a, ...b));
      }
    });
  });

  test('NaN and infinities are values like others, and any byte of a BOOL is true or false', async () => {
    const model = buildOnnxModel({
      nodes: [
        { operator: 'Identity', inputs: ['X'], outputs: ['Y'] },
        { operator: 'Not', inputs: ['B'], outputs: ['N'] },
      ],
      inputs: [
        { name: 'X', dataType: 'FP32', shape: [3] },
        { name: 'B', dataType: 'BOOL', shape: [7] },
      ],
      outputs: [
        { name: 'Y', dataType: 'FP32', shape: [3] },
        { name: 'N', dataType: 'BOOL', shape: [7] },
      ],
    });
    await withOnnxModel(engine, model, async (loaded) => {
      const [y, n] = await runOnce(loaded, [
        ['X', 'FP32', [3], fp32(NaN, Infinity, -Infinity)],
        ['B', 'BOOL', [7], Uint8Array.of(0, 1, 2, 128, 255, 0, 254)],
      ]);
      assert.deepEqual(fp32Values(y), [NaN, Infinity, -Infinity]);
      assert.deepEqual(n?.bytes, Uint8Array.of(1, 0, 0, 0, 0, 1, 0));
    });
  });

  test('a batch of any size gives what its rows give one by one', async () => {
    await withOnnxModel(engine, mlpModel([8, 16, 2]), async (loaded) => {
      const row = (i: number): number[] => Array.from({ length: 8 }, (_, j) => Math.sin(i * 8 + j));
      const single: number[][] = [];
      for (let i = 0; i < 9; i += 1) {
        const [output] = await runOnce(loaded, [['X', 'FP32', [1, 8], fp32(...row(i))]]);
        single.push(fp32Values(output));
      }
      for (const rows of [3, 9, 1, 0, 9, 3]) {
        const values = Array.from({ length: rows }, (_, i) => row(i)).flat();
        const [output] = await runOnce(loaded, [['X', 'FP32', [rows, 8], fp32(...values)]]);
        assert.deepEqual(output?.shape, [rows, 2]);
        const expected = single.slice(0, rows).flat();
        for (const [i, value] of fp32Values(output).entries()) {
          assert.ok(Math.abs(value - (expected[i] ?? NaN)) < 1e-5, `${value} is not ${expected[i]}`);
        }
      }
    });
  });
});

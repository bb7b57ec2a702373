import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import { buildOnnxModel, fp32Initializer, type OnnxAttribute, type OnnxNode } from '@rangefinder/testing';
import { cutOf } from '../../src/split/cut-name.ts';
import { splitModel } from '../../src/split/split-model.ts';
import { readOnnxFile } from '../../src/split/onnx-graph.ts';

const value = (name: string, shape: readonly (number | string)[]) => ({ name, dataType: 'FP32' as const, shape });
const NODES: readonly OnnxNode[] = [
  {
    operator: 'Constant',
    inputs: [],
    outputs: ['one'],
    attributes: { value: { tensor: fp32Initializer('', [1], () => 1) } },
  },
  { operator: 'Add', inputs: ['U', 'one'], outputs: ['u'] },
  { operator: 'Add', inputs: ['I', 'one'], outputs: ['i'] },
  { operator: 'Mul', inputs: ['u', 'i'], outputs: ['both'] },
  { operator: 'Mul', inputs: ['both', 'U'], outputs: ['S'] },
];

function model(nodes: readonly OnnxNode[] = NODES, userShape: readonly (number | string)[] = ['batch', 2]): Uint8Array {
  return buildOnnxModel({
    nodes,
    inputs: [value('U', userShape), value('I', ['batch', 2])],
    outputs: [value('S', ['batch', 2])],
    initializers: [fp32Initializer('unused', [2], () => 0)],
    producerName: 'the producer',
    metadata: { note: 'kept' },
  });
}

const refusal = (message: RegExp) => (error: unknown) =>
  error instanceof RangefinderError && error.code === 'INVALID_ARGUMENT' && message.test(error.message);

test('nodes of the user go to one part, constants to whoever reads them, unread weights to none', () => {
  const { user, item, report } = splitModel(model(), ['U']);
  const parts = [user, item].map((bytes) => readOnnxFile(bytes).graph);
  const cut = report.cuts[0]!.name;
  assert.deepEqual(
    parts[0]!.nodes.map(({ operator }) => operator),
    ['Constant', 'Add', 'Identity'],
  );
  assert.deepEqual(
    parts[1]!.nodes.map(({ operator }) => operator),
    ['Shape', 'Gather', 'Concat', 'Expand', 'Expand', 'Constant', 'Add', 'Mul', 'Mul'],
  );
  assert.deepEqual(
    parts[0]!.outputs.map(({ name, shape }) => [name, shape]),
    [[cut, [undefined, 2]]],
  );
  assert.deepEqual(
    parts[1]!.inputs.map(({ name }) => name),
    ['U', 'I', cut],
  );
  assert.ok(parts.every(({ initializers }) => initializers.every(({ name }) => name !== 'unused')));
  assert.equal(report.userNodes, 1);
  assert.equal(report.itemNodes, 3);
});

test('what goes between the parts is named after the cut: other weights or another place, another name', () => {
  const nameIn = (bytes: Uint8Array, users = ['U']): string => splitModel(bytes, users).report.cuts[0]!.name;
  assert.equal(nameIn(model()), nameIn(model()));
  assert.equal(cutOf(nameIn(model()))?.length, 12);
  const trained = Uint8Array.from(model());
  const note = Buffer.from(trained).indexOf('kept');
  trained[note] = 'w'.charCodeAt(0);
  assert.notEqual(nameIn(trained), nameIn(model()));
  assert.equal(cutOf('user_part_1'), undefined);
});

test('what the file says besides its graph goes into both parts', () => {
  const before = readOnnxFile(model()).otherFields.map(({ bytes }) => Buffer.from(bytes).toString('hex'));
  const unknown = Uint8Array.of(0xfa, 0x3f, 3, 7, 8, 9);
  const { user, item } = splitModel(Buffer.concat([model(), unknown]), ['U']);
  for (const part of [user, item]) {
    const fields = readOnnxFile(part).otherFields.map(({ bytes }) => Buffer.from(bytes).toString('hex'));
    assert.deepEqual(fields, [...before, Buffer.from(unknown).toString('hex')]);
  }
});

test('an output that is the user’s alone is spread over the items', () => {
  const { item } = splitModel(model([{ operator: 'Relu', inputs: ['U'], outputs: ['S'] }]), ['U']);
  const { nodes, outputs } = readOnnxFile(item).graph;
  assert.deepEqual(nodes.at(-1)?.outputs, ['S']);
  assert.deepEqual(
    outputs.map(({ name }) => name),
    ['S'],
  );
});

test('random numbers and nodes across the batch stay with the items', () => {
  const random: OnnxNode = { operator: 'RandomNormalLike', inputs: ['U'], outputs: ['noise'] };
  const across: OnnxNode = { operator: 'ReduceSum', inputs: ['U'], outputs: ['sum'] };
  const all: readonly OnnxNode[] = [random, across, { operator: 'Relu', inputs: ['U'], outputs: ['r'] }, ...NODES];
  assert.deepEqual(splitModel(model(all), ['U']).report.userOperators, { Relu: 1, Add: 1 });
});

test('what cannot be split', () => {
  assert.throws(() => splitModel(model(NODES, [1, 2]), ['U']), refusal(/user input 'U' has no batch dimension/));
  assert.throws(() => splitModel(model(), []), refusal(/at least one user input/));
  const external = buildOnnxModel({
    nodes: NODES,
    inputs: [value('U', ['batch', 2]), value('I', ['batch', 2])],
    outputs: [value('S', ['batch', 2])],
    initializers: [
      { name: 'W', dataType: 'FP32', shape: [2], external: { location: 'weights.bin', offset: 0, length: 8 } },
    ],
  });
  assert.throws(() => splitModel(external, ['U']), refusal(/'W' are in another file/));
});

test('an outer value read inside a graph of a node counts, and graphs are not followed for ever', () => {
  const branch = (output: string): OnnxAttribute => ({
    graph: {
      name: output,
      nodes: [{ operator: 'Relu', inputs: ['u'], outputs: [output] }],
      inputs: [],
      outputs: [value(output, ['batch', 2])],
    },
  });
  const nodes: readonly OnnxNode[] = [
    { operator: 'Relu', inputs: ['U'], outputs: ['u'] },
    {
      operator: 'If',
      inputs: ['I'],
      outputs: ['S'],
      attributes: { then_branch: branch('a'), else_branch: branch('b') },
    },
  ];
  assert.deepEqual(
    splitModel(model(nodes), ['U']).report.cuts.map(({ tensor }) => tensor),
    ['u'],
  );
  let deep: OnnxNode = nodes[0]!;
  for (let i = 0; i < 100; i++)
    deep = {
      operator: 'Loop',
      inputs: [],
      outputs: ['x'],
      attributes: { body: { graph: { name: 'g', nodes: [deep], inputs: [], outputs: [] } } },
    };
  assert.throws(() => splitModel(model([deep]), ['U']), refusal(/more than 32 deep/));
});

test('damaged files: a split or INVALID_ARGUMENT, nothing else', () => {
  const whole = model();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.nat(whole.length),
      (marks, length) => {
        const bytes = Uint8Array.from(whole);
        for (const [place, byte] of marks) bytes[place] = byte;
        try {
          splitModel(bytes.subarray(0, length), ['U']);
        } catch (error) {
          assert.ok(error instanceof RangefinderError && error.code === 'INVALID_ARGUMENT', String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});

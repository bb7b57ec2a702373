import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tensorValues, type DataType, type Dimension, type Tensor, type TensorSpec } from '@rangefinder/tensor';
import { writeNpz } from '../../src/files/npz.ts';
import { DEFAULT_IMAGE_OPTIONS } from '../../src/infer/image-options.ts';
import { bindInputs, type BoundInput, type TypedInputs } from '../../src/infer/input-set.ts';
import { DEFAULT_SOUND_OPTIONS } from '../../src/infer/sound-tensor.ts';
import { carryOver, planSteps } from '../../src/infer/step-plan.ts';
import { pcm16 } from '../files/wav-writer.ts';

let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rangefinder-inputs-'));
  writeFileSync(join(folder, 'speech.wav'), pcm16(Array.from({ length: 1024 }, () => 0.5)));
  writeFileSync(join(folder, 'raw.bin'), new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
  writeFileSync(join(folder, 'list.json'), '[[1, 2]]');
  const x = { dataType: 'FP64', shape: [1, 2], bytes: new Uint8Array(Float64Array.of(1, 2).buffer) } as const;
  writeFileSync(
    join(folder, 'pair.npz'),
    writeNpz(
      new Map([
        ['a', x],
        ['b', { ...x, bytes: new Uint8Array(Float64Array.of(3, 4).buffer) }],
      ]),
    ),
  );
});

after(() => rmSync(folder, { recursive: true }));

const spec = (name: string, dataType: DataType, shape: readonly Dimension[]): TensorSpec => ({
  name,
  dataType,
  shape,
  optional: false,
});
const VAD = [spec('input', 'FP32', [1, 512]), spec('state', 'FP32', [2, 1, 3]), spec('sr', 'INT64', [])];

const bind = (specs: readonly TensorSpec[], typed: Partial<TypedInputs>): Promise<readonly BoundInput[]> =>
  bindInputs({ named: [], only: undefined, carried: [], ...typed }, specs, {
    image: DEFAULT_IMAGE_OPTIONS,
    sound: DEFAULT_SOUND_OPTIONS,
  });
const values = (bound: readonly BoundInput[], name: string): unknown => {
  const found = bound.find((input) => input.spec.name === name);
  return found === undefined ? undefined : tensorValues(found.array);
};

test('values from everywhere end up in the inputs that they were typed for', async () => {
  const specs = [
    spec('a', 'FP32', [-1, 2]),
    spec('b', 'INT64', [-1, 2]),
    spec('t', 'BYTES', [-1]),
    spec('r', 'FP32', [-1, 4]),
  ];
  const bound = await bind(specs, {
    named: [
      ['a', `@${folder}/pair.npz`],
      ['b', `@${folder}/list.json`],
      ['t', 'hello = world'],
      ['r', `@${folder}/raw.bin`],
    ],
  });
  assert.deepEqual(values(bound, 'a'), [1, 2]);
  assert.deepEqual(values(bound, 'b'), [1n, 2n]);
  assert.deepEqual(values(bound, 't'), ['hello = world']);
  assert.deepEqual(values(bound, 'r'), [1, 2, 3, 4]);
  assert.deepEqual(
    bound.map((input) => input.array.shape),
    [[1, 2], [1, 2], [1], [1, 4]],
  );
});

test('the same name again joins along the first dimension', async () => {
  const bound = await bind([spec('x', 'FP32', [-1, 2])], {
    named: [
      ['x', '[1,2]'],
      ['x', '[[3,4],[5,6]]'],
    ],
  });
  assert.deepEqual(bound[0]?.array.shape, [3, 2]);
  await assert.rejects(
    bind([spec('x', 'FP32', [-1, -1])], {
      named: [
        ['x', '[1,2]'],
        ['x', '[[3]]'],
      ],
    }),
    /x: given several times/,
  );
});

test('a model with one input needs no name, and an archive fills several', async () => {
  assert.deepEqual(values(await bind([spec('x', 'FP32', [-1, 2])], { only: `${folder}/list.json` }), 'x'), [1, 2]);
  assert.deepEqual(values(await bind([spec('x', 'FP32', [-1, 2])], { only: '[3, 4]' }), 'x'), [3, 4]);
  const both = await bind([spec('a', 'FP32', [-1, 2]), spec('b', 'FP32', [-1, 2])], { only: `${folder}/pair.npz` });
  assert.deepEqual(
    [values(both, 'a'), values(both, 'b')],
    [
      [1, 2],
      [3, 4],
    ],
  );
  await assert.rejects(
    bind(VAD, { only: `${folder}/list.json` }),
    /FILE: the model has 3 inputs, name them with --input: input FP32 \[1,512\]/,
  );
});

test('text inputs take files whole, and @@ is an @', async () => {
  assert.deepEqual(values(await bind([spec('t', 'BYTES', [1])], { named: [['t', '@@home']] }), 't'), ['@home']);
  const whole = await bind([spec('t', 'BYTES', [1])], { named: [['t', `@${folder}/raw.bin`]] });
  assert.equal(whole[0]?.array.bytes.byteLength, 4 + 16);
});

test('a recording is stepped through with its state, which begins as zeros', async () => {
  const bound = await bind(VAD, {
    named: [
      ['input', `@${folder}/speech.wav`],
      ['sr', '16000'],
    ],
    carried: ['state'],
  });
  const carries = [{ output: 'stateN', input: 'state' }];
  const plan = planSteps(bound, carries);
  assert.deepEqual([plan.steps, plan.stepped, plan.stepSeconds], [2, true, 0.032]);
  const first = plan.inputsOf(0, new Map());
  assert.deepEqual(
    first.map((tensor) => [tensor.name, tensor.shape]),
    [
      ['input', [1, 512]],
      ['state', [2, 1, 3]],
      ['sr', []],
    ],
  );
  assert.ok(tensorValues(first[1] as Tensor).every((value) => value === 0));
  const state: Tensor = { name: 'stateN', dataType: 'FP32', shape: [2, 1, 3], bytes: new Uint8Array(24).fill(1) };
  const second = plan.inputsOf(1, carryOver([state], carries));
  assert.deepEqual(second[1], { ...state, name: 'state' });
  assert.throws(() => carryOver([state], [{ output: 'other', input: 'state' }]), /no output "other"; it gave stateN/);
});

test('a typed sample rate is held against the recording', async () => {
  await assert.rejects(
    bind(VAD, {
      named: [
        ['input', `@${folder}/speech.wav`],
        ['sr', '8000'],
      ],
    }),
    /input: recorded at 16000 Hz, the model wants 8000 Hz/,
  );
});

test('one request for a batch where the model takes batches, several where it does not', async () => {
  const batch = planSteps(await bind([spec('x', 'FP32', [-1, 2])], { only: '[[1,2],[3,4]]' }), []);
  assert.deepEqual([batch.steps, batch.stepped], [1, false]);
  const rows = planSteps(await bind([spec('x', 'FP32', [1, 2])], { only: '[[1,2],[3,4]]' }), []);
  assert.deepEqual([rows.steps, rows.stepped], [2, true]);
  const uneven = await bind([spec('x', 'FP32', [1, 2]), spec('y', 'FP32', [1, 2])], {
    named: [
      ['x', '[[1,2],[3,4]]'],
      ['y', '[[1,2],[3,4],[5,6]]'],
    ],
  });
  assert.throws(() => planSteps(uneven, []), /y: has 3 rows to step through, x has 2/);
});

const REFUSED: readonly [what: string, typed: () => Partial<TypedInputs>, message: RegExp][] = [
  ['an unknown input', () => ({ named: [['y', '1']] }), /y: the model has no such input; it has x FP32 \[-1,2\]/],
  ['an unknown carry', () => ({ carried: ['z'] }), /z: the model has no such input/],
  ['a file that is not there', () => ({ named: [['x', '@nowhere.npy']] }), /x: nowhere\.npy: there is no such file/],
  [
    'an unknown ending',
    () => ({ named: [['x', '@a.parquet']] }),
    /x: cannot tell what "a\.parquet" holds; known endings: \.json/,
  ],
  ['a folder', () => ({ named: [['x', `@${folder}/../${folder.split('/').at(-1)}/.npy`]] }), /x: /],
  ['raw bytes that are cut short', () => ({ named: [['x', `@${folder}/list.json.bin`]] }), /x: /],
  ['a word for a number', () => ({ named: [['x', 'hello']] }), /x: not valid JSON/],
];

for (const [what, typed, message] of REFUSED) {
  test(`refuses ${what}`, () => assert.rejects(bind([spec('x', 'FP32', [-1, 2])], typed()), message));
}

/** Models that the mock server pretends to serve: the demo's shapes, and one of each state and kind of input. */
import { fromRows } from './mock-tensors.ts';
import type { MockTensor } from './mock-tensors.ts';

export interface MockDeclaration {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

export interface MockModel {
  readonly name: string;
  readonly version: string;
  state: 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE';
  reason: string;
  readonly maxBatchSize: number;
  readonly memoryBytes: number;
  readonly loadDurationMs: number;
  /** Requests a second around which the figures move; 0 for an idle model. */
  readonly load: number;
  readonly latencyMs: number;
  readonly inputs: readonly (MockDeclaration & { readonly optional?: boolean })[];
  readonly outputs: readonly MockDeclaration[];
  readonly run: (inputs: readonly MockTensor[]) => readonly MockTensor[];
}

const fp32 = (name: string, ...shape: number[]): MockDeclaration => ({ name, datatype: 'FP32', shape });

/** Scores that depend on how much ink is where, so that a drawing changes them. */
function digitScores(inputs: readonly MockTensor[]): readonly MockTensor[] {
  const image = inputs[0]!;
  const rows = image.shape[0]!;
  const scores = Float32Array.from({ length: rows * 10 }, (_, i) => {
    const row = Math.floor(i / 10);
    let score = 0;
    for (let p = 0; p < 784; p += 1) score += Number(image.values[row * 784 + p]) * Math.sin((p * ((i % 10) + 3)) / 97);
    return score / 4;
  });
  return [fromRows('scores', [rows, 10], scores)];
}

function speechProbability(inputs: readonly MockTensor[]): readonly MockTensor[] {
  const [sound, state] = [
    inputs.find((input) => input.name === 'input')!,
    inputs.find((input) => input.name === 'state')!,
  ];
  const energy =
    Array.from(sound.values, Number).reduce((sum, sample) => sum + sample * sample, 0) / sound.values.length;
  const carried = Number(state.values[0]);
  const next = carried * 0.8 + Math.min(1, energy * 6) * 0.2;
  const probability = 1 / (1 + Math.exp(6 - 12 * next - 4 * Math.sqrt(energy)));
  return [
    fromRows('output', [1, 1], Float32Array.of(probability)),
    fromRows('stateN', [2, 1, 128], new Float32Array(256).fill(next)),
  ];
}

function textMap(inputs: readonly MockTensor[]): readonly MockTensor[] {
  const [, , height = 32, width = 32] = inputs[0]!.shape;
  const map = Float32Array.from({ length: height * width }, (_, i) =>
    Math.max(0, Math.sin(Math.floor(i / width) / 9) * Math.cos((i % width) / 40)),
  );
  return [fromRows('sigmoid_0.tmp_0', [1, 1, height, width], map)];
}

function sentenceVectors(inputs: readonly MockTensor[]): readonly MockTensor[] {
  const texts = inputs[0]!;
  const values = Float32Array.from(
    { length: texts.values.length * 384 },
    (_, i) => Math.sin((i * String(texts.values[Math.floor(i / 384)]).length) / 7) / 12,
  );
  return [fromRows('embedding', [texts.values.length, 384], values)];
}

export function mockModels(): MockModel[] {
  const base = { reason: '', state: 'READY' as const };
  return [
    {
      ...base,
      name: 'digits',
      version: '1',
      maxBatchSize: 64,
      memoryBytes: 1_310_720,
      loadDurationMs: 84.2,
      load: 1240,
      latencyMs: 2.1,
      inputs: [fp32('image', -1, 1, 28, 28)],
      outputs: [fp32('scores', -1, 10)],
      run: digitScores,
    },
    {
      ...base,
      reason: 'reload failed: digits/2/model.onnx: truncated, 4096 of 1520720 bytes',
      name: 'digits',
      version: '2',
      maxBatchSize: 64,
      memoryBytes: 1_520_720,
      loadDurationMs: 91,
      load: 62,
      latencyMs: 1.7,
      inputs: [fp32('image', -1, 1, 28, 28)],
      outputs: [fp32('scores', -1, 10)],
      run: digitScores,
    },
    {
      ...base,
      name: 'silero_vad',
      version: '1',
      maxBatchSize: 0,
      memoryBytes: 2_411_724,
      loadDurationMs: 131.9,
      load: 31,
      latencyMs: 0.4,
      inputs: [fp32('input', -1, -1), fp32('state', 2, -1, 128), { name: 'sr', datatype: 'INT64', shape: [] }],
      outputs: [fp32('output', -1, 1), fp32('stateN', -1, -1, -1)],
      run: speechProbability,
    },
    {
      ...base,
      name: 'text_detection',
      version: '1',
      maxBatchSize: 0,
      memoryBytes: 46_137_344,
      loadDurationMs: 412,
      load: 4,
      latencyMs: 88,
      inputs: [fp32('x', -1, 3, -1, -1)],
      outputs: [fp32('sigmoid_0.tmp_0', -1, 1, -1, -1)],
      run: textMap,
    },
    {
      ...base,
      name: 'sentence_embedding',
      version: '1',
      maxBatchSize: 32,
      memoryBytes: 91_226_112,
      loadDurationMs: 1290,
      load: 0,
      latencyMs: 14,
      inputs: [
        { name: 'text', datatype: 'BYTES', shape: [-1] },
        { name: 'attention_mask', datatype: 'INT64', shape: [-1, -1], optional: true },
      ],
      outputs: [fp32('embedding', -1, 384)],
      run: sentenceVectors,
    },
    {
      ...base,
      name: 'ranker_heavy',
      version: '3',
      maxBatchSize: 256,
      memoryBytes: 0,
      loadDurationMs: 0,
      load: 0,
      latencyMs: 1,
      state: 'LOADING',
      inputs: [fp32('features', -1, 256)],
      outputs: [fp32('score', -1, 1)],
      run: () => [],
    },
    {
      ...base,
      name: 'ranker_light',
      version: '',
      maxBatchSize: 0,
      memoryBytes: 0,
      loadDurationMs: 0,
      load: 0,
      latencyMs: 1,
      state: 'UNAVAILABLE',
      reason:
        'ranker_light/config.pbtxt: max_batch_size: expected a number of 0 or more, got -3\nranker_light/config.pbtxt: input[0].data_type: expected one of TYPE_BOOL, TYPE_UINT8 …, got TYPE_FLOAT',
      inputs: [],
      outputs: [],
      run: () => [],
    },
  ];
}

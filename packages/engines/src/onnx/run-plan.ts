import { type DataType, elementCount, type Shape } from '@rangefinder/tensor';
import type { RunInput, RunRequest } from '../engine.ts';
import { type SignatureIndex, validateRun } from '../run-validation.ts';
import { RECORD_NUMBERS } from './native/tensor-record.ts';

export interface PlannedInput {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: Shape;
  readonly byteLength: number;
  readonly elements: number;
  /** Of its bytes and of its int64 dimensions, from the start of the slot's memory. */
  readonly offset: number;
  readonly shapeOffset: number;
  /** Index among the model's input names. */
  readonly nameIndex: number;
}

export interface PredictedOutput {
  readonly elementType: number;
  readonly dataType: DataType;
  readonly shape: Shape;
  readonly byteLength: number;
  readonly offset: number;
  readonly shapeOffset: number;
}

/** Offsets from the start of a slot's memory. */
export interface SlotLayout {
  readonly inputNames: number;
  readonly outputNames: number;
  readonly inputValues: number;
  readonly outputValues: number;
  readonly records: number;
  readonly outputArea: number;
  readonly outputAreaBytes: number;
  readonly totalBytes: number;
}

/** Tensors start on cache lines, as ONNX Runtime's own do. */
const ALIGNMENT_BYTES = 64;
/** Dimensions that a predicted output may have: its shape is kept in the slot. */
const OUTPUT_RANK_MAX = 32;
/** After so many wrong predictions for the same inputs, outputs depend on data. */
const MISPREDICTIONS_MAX = 2;

/**
 * Everything about a run that does not depend on the data: validated once, then used by all runs with the same inputs and
 * outputs. Output shapes are not computed but learnt from the first run, and checked by ONNX Runtime in each later one.
 */
export class RunPlan {
  readonly inputs: readonly PlannedInput[];
  readonly outputNames: readonly string[];
  readonly outputNameIndices: readonly number[];
  readonly hasStrings: boolean;
  /** Set when the outputs' places are known; changes with `version`. */
  prediction: readonly PredictedOutput[] | undefined;
  layout: SlotLayout;
  version = 0;
  #mispredictions = 0;
  #collectedBytes = 0;
  readonly #requestedOutputs: readonly string[];

  constructor(request: RunRequest, signature: SignatureIndex, isPredictable: boolean) {
    validateRun(request, signature);
    this.#requestedOutputs = [...request.outputs];
    this.outputNames = request.outputs.length > 0 ? this.#requestedOutputs : signature.outputNames;
    this.outputNameIndices = this.outputNames.map((name) => signature.outputIndex.get(name)!);
    this.hasStrings = request.inputs.some((input) => input.dataType === 'BYTES');
    let offset = this.#tablesBytes(request.inputs.length);
    this.inputs = request.inputs.map((input, i) => {
      const planned = {
        name: input.name,
        dataType: input.dataType,
        shape: [...input.shape],
        byteLength: input.byteLength,
        elements: elementCount(input.shape),
        offset,
        shapeOffset: this.#shapesOffset(request.inputs.length) + 8 * OUTPUT_RANK_MAX * i,
        nameIndex: signature.inputIndex.get(input.name)!,
      };
      offset = align(offset + input.byteLength);
      return planned;
    });
    this.layout = this.#layout(offset);
    // ONNX Runtime hands such an output's own memory back in place of the memory that it is given.
    const isPassedOn = this.outputNames.some((name) => signature.inputIndex.has(name));
    if (isPassedOn || !isPredictable) this.#mispredictions = MISPREDICTIONS_MAX;
  }

  /** Whether a request asks for exactly this; then it needs no validation. */
  matches(request: RunRequest): boolean {
    const { inputs } = this;
    if (request.inputs.length !== inputs.length) return false;
    for (let i = 0; i < inputs.length; i += 1) {
      if (!sameInput(inputs[i]!, request.inputs[i]!)) return false;
    }
    if (request.outputs.length !== this.#requestedOutputs.length) return false;
    for (let i = 0; i < request.outputs.length; i += 1) {
      if (request.outputs[i] !== this.#requestedOutputs[i]) return false;
    }
    return true;
  }

  /** Takes note of what a run put out, to give later ones their places beforehand. */
  learn(outputs: readonly Omit<PredictedOutput, 'offset' | 'shapeOffset'>[]): void {
    const bytes = outputs.reduce((sum, output) => sum + align(output.byteLength), 0);
    const predictable =
      this.#mispredictions < MISPREDICTIONS_MAX &&
      outputs.length === this.outputNames.length &&
      outputs.every(({ dataType, shape }) => dataType !== 'BYTES' && shape.length <= OUTPUT_RANK_MAX);
    if (!predictable && bytes <= this.#collectedBytes) return;
    this.#collectedBytes = Math.max(this.#collectedBytes, bytes);
    this.layout = this.#layout(this.layout.outputArea);
    this.version += 1;
    if (!predictable) return;
    let offset = this.layout.outputArea;
    this.prediction = outputs.map((output, i) => {
      const shapeOffset = this.#shapesOffset(this.inputs.length) + 8 * OUTPUT_RANK_MAX * (this.inputs.length + i);
      const predicted = { ...output, offset, shapeOffset };
      offset += align(output.byteLength);
      return predicted;
    });
  }

  mispredicted(): void {
    this.prediction = undefined;
    this.version += 1;
    this.#mispredictions += 1;
  }

  #layout(outputArea: number): SlotLayout {
    const inputs = this.inputs.length;
    const outputs = this.outputNames.length;
    const inputValues = 8 * (inputs + outputs);
    return {
      inputNames: 0,
      outputNames: 8 * inputs,
      inputValues,
      outputValues: inputValues + 8 * inputs,
      records: 2 * inputValues,
      outputArea,
      outputAreaBytes: this.#collectedBytes,
      totalBytes: outputArea + this.#collectedBytes,
    };
  }

  #shapesOffset(inputs: number): number {
    return (16 + 8 * RECORD_NUMBERS) * (inputs + this.outputNames.length);
  }

  #tablesBytes(inputs: number): number {
    return align(this.#shapesOffset(inputs) + 8 * OUTPUT_RANK_MAX * (inputs + this.outputNames.length));
  }
}

function sameInput(planned: PlannedInput, given: RunInput): boolean {
  if (planned.name !== given.name || planned.dataType !== given.dataType) return false;
  if (planned.byteLength !== given.byteLength || planned.shape.length !== given.shape.length) return false;
  for (let i = 0; i < planned.shape.length; i += 1) if (planned.shape[i] !== given.shape[i]) return false;
  return true;
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

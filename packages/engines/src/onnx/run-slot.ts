import { RangefinderError } from '@rangefinder/base';
import { DATA_TYPES } from '@rangefinder/tensor';
import type { RunOutput } from '../engine.ts';
import { addressOf } from './native/native-memory.ts';
import type { Address, OrtApi } from './native/ort-api.ts';
import { releaseValues } from './native/run-executor.ts';
import { RECORD_NUMBERS } from './native/tensor-record.ts';
import type { RunPlan } from './run-plan.ts';
import { type ControlBlock, SLOT_FLAG, SLOT_NUMBER, SLOT_WORD } from './threads/control-block.ts';

const ALIGNMENT_BYTES = 64;
/** Slots grow in steps, so that inputs that get a little longer each time do not allocate each time. */
const GROWTH_BYTES = 4096;

/** Where the names of a model's inputs and outputs lie in memory. */
export interface NameAddresses {
  readonly inputs: readonly Address[];
  readonly outputs: readonly Address[];
}

/**
 * The memory of one run at a time: inputs, outputs, and everything that native code gets an address of. It stays referenced
 * from here until the run is over, or the garbage collector would free it under the native code.
 */
export class RunSlot {
  readonly index: number;
  readonly #api: OrtApi;
  readonly #control: ControlBlock;
  readonly #names: NameAddresses;
  readonly #runOptions: Address;
  #memory = new SharedArrayBuffer(0);
  #base = 0;
  #capacity = 0;
  #plan: RunPlan | undefined;
  #planVersion = -1;
  #mayHoldTerminate = false;
  /** One view for each input of the plan, to be filled. */
  inputs: readonly Uint8Array[] = [];
  /** Views on the predicted outputs; undefined when they must be collected. */
  outputs: readonly RunOutput[] | undefined;

  constructor(
    index: number,
    model: { readonly index: number; readonly session: Address; readonly names: NameAddresses },
    native: { readonly api: OrtApi; readonly control: ControlBlock; readonly runOptions: Address },
  ) {
    this.index = index;
    this.#api = native.api;
    this.#control = native.control;
    this.#names = model.names;
    this.#runOptions = native.runOptions;
    const word = native.control.slotWords(index);
    native.control.words.fill(0, word, word + Object.keys(SLOT_WORD).length);
    native.control.words[word + SLOT_WORD.model] = model.index;
    const number = native.control.slotNumbers(index);
    native.control.numbers[number + SLOT_NUMBER.session] = model.session;
    native.control.numbers[number + SLOT_NUMBER.runOptions] = native.runOptions;
  }

  get plan(): RunPlan | undefined {
    return this.#plan;
  }

  startUs(): number {
    return this.#number(SLOT_NUMBER.startUs);
  }

  computedUs(): number {
    return this.#number(SLOT_NUMBER.computedUs);
  }

  finishedUs(): number {
    return this.#number(SLOT_NUMBER.finishedUs);
  }

  /** Makes the slot ready to be filled for a run of `plan`; free when the last run had the same one. */
  prepare(plan: RunPlan): void {
    if (this.#mayHoldTerminate) this.#clearTerminate();
    if (this.#plan === plan && this.#planVersion === plan.version) return;
    this.#releaseValues();
    this.#plan = undefined;
    if (plan.layout.totalBytes > this.#capacity) this.#grow(plan.layout.totalBytes);
    this.#writeTables(plan);
    this.#writeHeader(plan);
    this.inputs = plan.inputs.map((input) => this.view(input.offset, input.byteLength));
    this.outputs = plan.prediction?.map((output, i) => ({
      name: plan.outputNames[i]!,
      dataType: output.dataType,
      shape: output.shape,
      bytes: this.view(output.offset, output.byteLength),
    }));
    this.#plan = plan;
    this.#planVersion = plan.version;
  }

  view(offset: number, byteLength: number): Uint8Array {
    return new Uint8Array(this.#memory, this.#base + offset, byteLength);
  }

  /** Makes a run under way stop between two operators. */
  terminate(): void {
    this.#mayHoldTerminate = true;
    Atomics.store(this.#control.words, this.#control.slotWords(this.index) + SLOT_WORD.cancelled, 1);
    this.#api.runOptionsSetTerminate(this.#runOptions);
  }

  /** Gives everything native back; the views stay valid as long as somebody holds them. */
  free(): void {
    this.#releaseValues();
    this.#plan = undefined;
    this.#api.releaseRunOptions(this.#runOptions);
  }

  #grow(bytes: number): void {
    const capacity = Math.ceil((bytes + bytes / 8) / GROWTH_BYTES) * GROWTH_BYTES;
    try {
      this.#memory = new SharedArrayBuffer(capacity + ALIGNMENT_BYTES);
    } catch (cause) {
      throw new RangefinderError('RESOURCE_EXHAUSTED', `no memory for a run of ${bytes} bytes`, { cause });
    }
    const address = addressOf(new Uint8Array(this.#memory));
    this.#base = (ALIGNMENT_BYTES - (address % ALIGNMENT_BYTES)) % ALIGNMENT_BYTES;
    this.#capacity = capacity;
  }

  #writeTables(plan: RunPlan): void {
    const { layout, inputs, prediction } = plan;
    const base = this.#address();
    const table = new DataView(this.#memory, this.#base, layout.outputArea);
    const pointer = (offset: number, value: number): void => table.setBigUint64(offset, BigInt(value), true);
    for (const [i, input] of inputs.entries()) {
      pointer(layout.inputNames + 8 * i, this.#names.inputs[input.nameIndex]!);
      pointer(layout.inputValues + 8 * i, 0);
      input.shape.forEach((size, d) => pointer(input.shapeOffset + 8 * d, size));
      const { elements, byteLength } = input;
      const data = base + input.offset;
      const elementType = DATA_TYPES[input.dataType].onnx;
      const rank = input.shape.length;
      this.#writeRecord(table, plan, i, [elementType, base + input.shapeOffset, rank, data, byteLength, elements]);
    }
    for (const [i, nameIndex] of plan.outputNameIndices.entries()) {
      pointer(layout.outputNames + 8 * i, this.#names.outputs[nameIndex]!);
      pointer(layout.outputValues + 8 * i, 0);
      const output = prediction?.[i];
      output?.shape.forEach((size, d) => pointer(output.shapeOffset + 8 * d, size));
      const record =
        output === undefined
          ? [0, 0, 0, 0, 0, 0]
          : [
              output.elementType,
              base + output.shapeOffset,
              output.shape.length,
              base + output.offset,
              output.byteLength,
              0,
            ];
      this.#writeRecord(table, plan, inputs.length + i, record);
    }
  }

  #writeRecord(table: DataView, plan: RunPlan, index: number, values: readonly number[]): void {
    const offset = plan.layout.records + 8 * RECORD_NUMBERS * index;
    values.forEach((value, i) => table.setFloat64(offset + 8 * i, value, true));
  }

  #writeHeader(plan: RunPlan): void {
    const { words, numbers } = this.#control;
    const word = this.#control.slotWords(this.index);
    const number = this.#control.slotNumbers(this.index);
    const base = this.#address();
    const outputs = plan.prediction === undefined ? SLOT_FLAG.collect : SLOT_FLAG.verify;
    words[word + SLOT_WORD.flags] = SLOT_FLAG.prepare | outputs | (plan.hasStrings ? SLOT_FLAG.strings : 0);
    words[word + SLOT_WORD.inputs] = plan.inputs.length;
    words[word + SLOT_WORD.outputs] = plan.outputNames.length;
    numbers[number + SLOT_NUMBER.inputNames] = base + plan.layout.inputNames;
    numbers[number + SLOT_NUMBER.inputValues] = base + plan.layout.inputValues;
    numbers[number + SLOT_NUMBER.outputNames] = base + plan.layout.outputNames;
    numbers[number + SLOT_NUMBER.outputValues] = base + plan.layout.outputValues;
    numbers[number + SLOT_NUMBER.records] = base + plan.layout.records;
    numbers[number + SLOT_NUMBER.outputArea] = base + plan.layout.outputArea;
    numbers[number + SLOT_NUMBER.outputAreaBytes] = plan.layout.outputAreaBytes;
  }

  /** The OrtValues that point into this memory, as the executor left them in the slot. */
  #releaseValues(): void {
    if (this.#plan === undefined) return;
    const number = this.#control.slotNumbers(this.index);
    const { numbers, words } = this.#control;
    const word = this.#control.slotWords(this.index);
    releaseValues(this.#api, numbers[number + SLOT_NUMBER.inputValues]!, words[word + SLOT_WORD.inputs]!);
    releaseValues(this.#api, numbers[number + SLOT_NUMBER.outputValues]!, words[word + SLOT_WORD.outputs]!);
  }

  #clearTerminate(): void {
    this.#mayHoldTerminate = false;
    Atomics.store(this.#control.words, this.#control.slotWords(this.index) + SLOT_WORD.cancelled, 0);
    this.#api.runOptionsUnsetTerminate(this.#runOptions);
  }

  #address(): Address {
    return addressOf(new Uint8Array(this.#memory)) + this.#base;
  }

  #number(field: number): number {
    return this.#control.numbers[this.#control.slotNumbers(this.index) + field]!;
  }
}

import { monotonicClock } from '../monotonic-time.ts';
import { type ControlBlock, SLOT_FLAG, SLOT_NUMBER, SLOT_WORD } from '../threads/control-block.ts';
import {
  addressOf,
  bindCLibrary,
  type CLibrary,
  fill,
  readBytes,
  readDoubles,
  readPointer,
  Scratch,
  writePointer,
} from './native-memory.ts';
import { type Address, bindOrtApi, configureStacks, type OrtApi, type StatusAddress } from './ort-api.ts';
import type { OrtHandles } from './ort-library.ts';
import { checkStatus, OrtError, takeError } from './ort-status.ts';
import type { CollectedOutput, RunDetails } from './run-details.ts';
import { encodeStringTensor, fillStringTensor, StringEncodingError } from './string-tensor.ts';
import { RECORD, RECORD_NUMBERS, STRING_ELEMENT_TYPE } from './tensor-record.ts';

/** What an output's memory is filled with at both ends, before it is used for the first time. */
const MARK = 0xa5;
const MARKED_BYTES = 64;

/**
 * Runs what a slot describes, synchronously, on whatever thread it is called on. It knows addresses only: the main thread
 * owns the memory behind them and keeps it until the run is reported.
 */
export class RunExecutor {
  readonly #control: ControlBlock;
  readonly #handles: OrtHandles;
  readonly #api: OrtApi;
  readonly #c: CLibrary;
  readonly #scratch = new Scratch();
  readonly #nowUs = monotonicClock();

  constructor(control: ControlBlock, handles: OrtHandles) {
    configureStacks();
    this.#control = control;
    this.#handles = handles;
    this.#api = bindOrtApi(handles.api);
    this.#c = bindCLibrary();
  }

  /** undefined when the run succeeded and filled the slot's predicted outputs. Never throws. */
  execute(slot: number): RunDetails | undefined {
    const { words, numbers } = this.#control;
    const word = this.#control.slotWords(slot);
    const number = this.#control.slotNumbers(slot);
    numbers[number + SLOT_NUMBER.startUs] = this.#nowUs();
    const flags = words[word + SLOT_WORD.flags]!;
    try {
      if ((flags & SLOT_FLAG.prepare) !== 0) this.#prepare(word, number);
      if ((flags & SLOT_FLAG.strings) !== 0) this.#makeStrings(word, number);
      if ((flags & SLOT_FLAG.verify) !== 0) this.#markOutputs(word, number);
      const status = this.#run(word, number);
      numbers[number + SLOT_NUMBER.computedUs] = this.#nowUs();
      if ((flags & SLOT_FLAG.collect) !== 0) return this.#collectAfter(slot, status);
      if (status !== 0) return this.#retryAfter(slot, status);
      if ((flags & SLOT_FLAG.verify) !== 0 && !this.#areFilled(word, number)) return this.#retry(slot);
      return undefined;
    } catch (error) {
      return failure(slot, error);
    } finally {
      if ((flags & SLOT_FLAG.strings) !== 0) this.#releaseStrings(word, number);
      numbers[number + SLOT_NUMBER.finishedUs] = this.#nowUs();
    }
  }

  #run(word: number, number: number): number {
    const { words, numbers } = this.#control;
    return this.#api.run(
      numbers[number + SLOT_NUMBER.session]!,
      numbers[number + SLOT_NUMBER.runOptions]!,
      numbers[number + SLOT_NUMBER.inputNames]!,
      numbers[number + SLOT_NUMBER.inputValues]!,
      words[word + SLOT_WORD.inputs]!,
      numbers[number + SLOT_NUMBER.outputNames]!,
      words[word + SLOT_WORD.outputs]!,
      numbers[number + SLOT_NUMBER.outputValues]!,
    );
  }

  #collectAfter(slot: number, status: StatusAddress): RunDetails {
    checkStatus(this.#api, status);
    return this.#collect(slot, false);
  }

  /** A run whose outputs were predicted may have failed because of that. */
  #retryAfter(slot: number, status: StatusAddress): RunDetails {
    const error = takeError(this.#api, status);
    const cancelled = Atomics.load(this.#control.words, this.#control.slotWords(slot) + SLOT_WORD.cancelled) === 1;
    if (cancelled) throw error;
    return this.#retry(slot);
  }

  /** Runs once more, with outputs that ONNX Runtime allocates. */
  #retry(slot: number): RunDetails {
    const { words, numbers } = this.#control;
    const word = this.#control.slotWords(slot);
    const number = this.#control.slotNumbers(slot);
    releaseValues(this.#api, numbers[number + SLOT_NUMBER.outputValues]!, words[word + SLOT_WORD.outputs]!);
    checkStatus(this.#api, this.#run(word, number));
    numbers[number + SLOT_NUMBER.computedUs] = this.#nowUs();
    return this.#collect(slot, true);
  }

  /**
   * ONNX Runtime checks the shape of the memory that it is given for an output, but in some cases, such as an output that
   * is also an input, it then puts the output elsewhere without a word. So the memory is marked before its first use.
   */
  #markOutputs(word: number, number: number): void {
    for (const record of this.#outputRecords(word, number)) {
      for (const { address, length } of ends(record)) fill(address, length, MARK);
    }
  }

  /** Whether no output is as marked. One that is so by chance costs a second run, no more. */
  #areFilled(word: number, number: number): boolean {
    this.#control.words[word + SLOT_WORD.flags]! &= ~SLOT_FLAG.verify;
    return this.#outputRecords(word, number).every(
      (record) =>
        record[RECORD.byteLength] === 0 ||
        ends(record).some(({ address, length }) => readBytes(address, length).some((byte) => byte !== MARK)),
    );
  }

  #outputRecords(word: number, number: number): Float64Array[] {
    const { words, numbers } = this.#control;
    const inputs = words[word + SLOT_WORD.inputs]!;
    const outputs = words[word + SLOT_WORD.outputs]!;
    const records = readDoubles(numbers[number + SLOT_NUMBER.records]!, (inputs + outputs) * RECORD_NUMBERS);
    return Array.from({ length: outputs }, (_, i) => {
      const start = (inputs + i) * RECORD_NUMBERS;
      return records.subarray(start, start + RECORD_NUMBERS);
    });
  }

  /** Makes an OrtValue on the slot's memory for each input, and for each output with a predicted place. */
  #prepare(word: number, number: number): void {
    const { words, numbers } = this.#control;
    const inputs = words[word + SLOT_WORD.inputs]!;
    const outputs = words[word + SLOT_WORD.outputs]!;
    const records = readDoubles(numbers[number + SLOT_NUMBER.records]!, (inputs + outputs) * RECORD_NUMBERS);
    const inputValues = numbers[number + SLOT_NUMBER.inputValues]!;
    const outputValues = numbers[number + SLOT_NUMBER.outputValues]!;
    for (let i = 0; i < inputs + outputs; i += 1) {
      const record = records.subarray(i * RECORD_NUMBERS, (i + 1) * RECORD_NUMBERS);
      if (record[RECORD.elementType] === STRING_ELEMENT_TYPE || record[RECORD.data] === 0) continue;
      const status = this.#api.createTensorWithDataAsOrtValue(
        this.#handles.cpuMemory,
        record[RECORD.data]!,
        record[RECORD.byteLength]!,
        record[RECORD.shape]!,
        record[RECORD.rank]!,
        record[RECORD.elementType]!,
        i < inputs ? inputValues + 8 * i : outputValues + 8 * (i - inputs),
      );
      checkStatus(this.#api, status);
    }
    words[word + SLOT_WORD.flags]! &= ~SLOT_FLAG.prepare;
  }

  #makeStrings(word: number, number: number): void {
    const inputValues = this.#control.numbers[number + SLOT_NUMBER.inputValues]!;
    for (const [i, record] of this.#stringInputs(word, number)) {
      const address = inputValues + 8 * i;
      const { api, allocator } = { api: this.#api, allocator: this.#handles.allocator };
      checkStatus(
        api,
        api.createTensorAsOrtValue(
          allocator,
          record[RECORD.shape]!,
          record[RECORD.rank]!,
          STRING_ELEMENT_TYPE,
          address,
        ),
      );
      fillStringTensor({ api, c: this.#c, scratch: this.#scratch }, readPointer(address), {
        data: record[RECORD.data]!,
        byteLength: record[RECORD.byteLength]!,
        elements: record[RECORD.elements]!,
      });
    }
  }

  #releaseStrings(word: number, number: number): void {
    const inputValues = this.#control.numbers[number + SLOT_NUMBER.inputValues]!;
    for (const [i] of this.#stringInputs(word, number)) releaseValues(this.#api, inputValues + 8 * i, 1);
  }

  *#stringInputs(word: number, number: number): Generator<[number, Float64Array]> {
    const { words, numbers } = this.#control;
    const inputs = words[word + SLOT_WORD.inputs]!;
    const records = readDoubles(numbers[number + SLOT_NUMBER.records]!, inputs * RECORD_NUMBERS);
    for (let i = 0; i < inputs; i += 1) {
      const record = records.subarray(i * RECORD_NUMBERS, (i + 1) * RECORD_NUMBERS);
      if (record[RECORD.elementType] === STRING_ELEMENT_TYPE) yield [i, record];
    }
  }

  /** Copies each output out of ONNX Runtime's memory, once, and releases those that it allocated. */
  #collect(slot: number, mispredicted: boolean): RunDetails {
    const { words, numbers } = this.#control;
    const number = this.#control.slotNumbers(slot);
    const count = words[this.#control.slotWords(slot) + SLOT_WORD.outputs]!;
    const values = numbers[number + SLOT_NUMBER.outputValues]!;
    const areaBytes = numbers[number + SLOT_NUMBER.outputAreaBytes]!;
    const outputs: CollectedOutput[] = [];
    let used = 0;
    try {
      for (let i = 0; i < count; i += 1) {
        const target = numbers[number + SLOT_NUMBER.outputArea]! + used;
        const output = this.#collectOne(readPointer(values + 8 * i), target, areaBytes - used);
        outputs.push(output.memory === undefined ? { ...output, offset: used } : output);
        if (output.memory === undefined) used += Math.ceil(output.byteLength / 64) * 64;
      }
    } finally {
      releaseValues(this.#api, values, count);
    }
    return { slot, kind: 'collected', mispredicted, outputs };
  }

  #collectOne(value: Address, target: Address, room: number): CollectedOutput {
    const api = this.#api;
    const scratch = this.#scratch;
    checkStatus(api, api.hasValue(value, scratch.address));
    if (scratch.int32() === 0) {
      return { elementType: 0, shape: [], byteLength: 0, offset: 0, memory: undefined, absent: true };
    }
    const { elementType, shape } = this.#describe(value);
    const elements = shape.reduce((product, size) => product * size, 1);
    if (elementType === STRING_ELEMENT_TYPE) {
      const memory = encodeStringTensor({ api, scratch }, value, elements);
      return { elementType, shape, byteLength: memory.byteLength, offset: -1, memory, absent: false };
    }
    checkStatus(api, api.getTensorSizeInBytes(value, scratch.address));
    const byteLength = scratch.int64();
    checkStatus(api, api.getTensorMutableData(value, scratch.address));
    const source = scratch.pointer();
    if (byteLength <= room) {
      if (byteLength > 0) this.#c.copy(target, source, byteLength);
      return { elementType, shape, byteLength, offset: 0, memory: undefined, absent: false };
    }
    const memory = new SharedArrayBuffer(byteLength);
    this.#c.copy(addressOf(new Uint8Array(memory)), source, byteLength);
    return { elementType, shape, byteLength, offset: -1, memory, absent: false };
  }

  #describe(value: Address): { elementType: number; shape: number[] } {
    const api = this.#api;
    const scratch = this.#scratch;
    checkStatus(api, api.getTensorTypeAndShape(value, scratch.address));
    const info = scratch.pointer();
    try {
      checkStatus(api, api.getTensorElementType(info, scratch.address));
      const elementType = scratch.int32();
      checkStatus(api, api.getDimensionsCount(info, scratch.address));
      const rank = scratch.int64();
      const dimensions = new BigInt64Array(new ArrayBuffer(8 * Math.max(1, rank)));
      checkStatus(api, api.getDimensions(info, addressOf(dimensions), rank));
      return { elementType, shape: Array.from(dimensions.subarray(0, rank), Number) };
    } finally {
      api.releaseTensorTypeAndShapeInfo(info);
    }
  }
}

/** The first and last bytes of an output's memory. */
function ends(record: Float64Array): { readonly address: Address; readonly length: number }[] {
  const address = record[RECORD.data]!;
  const byteLength = record[RECORD.byteLength]!;
  const length = Math.min(MARKED_BYTES, byteLength);
  return [
    { address, length },
    { address: address + byteLength - length, length },
  ];
}

/** Releases an array of OrtValues and leaves nulls. */
export function releaseValues(api: OrtApi, values: Address, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const value = readPointer(values + 8 * i);
    if (value === 0) continue;
    api.releaseValue(value);
    writePointer(values + 8 * i, 0);
  }
}

function failure(slot: number, error: unknown): RunDetails {
  const message = error instanceof Error ? error.message : String(error);
  const ortCode = error instanceof OrtError ? error.code : 0;
  return { slot, kind: 'failed', reason: error instanceof StringEncodingError ? 'input' : 'engine', ortCode, message };
}

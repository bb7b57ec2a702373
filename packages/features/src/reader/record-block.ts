import type { DataType } from '@rangefinder/tensor';
import { FEATURE_STATUS, type ColumnStrip, type FeatureColumn } from '../feature-reader.ts';
import type { RecordField } from './record-layout.ts';

/** The columns of a row have different statuses: they stand in `statuses`. */
export const MIXED = 0;

/** What one read found of one view: a record a row, and a status a row where that says all. */
export class RecordBlock {
  readonly words: Uint32Array;
  readonly strideWords: number;
  /** A status of `FEATURE_STATUS` for all columns, or MIXED. */
  readonly states: Uint8Array;
  readonly #columns: number;
  #statuses: Uint8Array | undefined = undefined;

  constructor(words: Uint32Array, rows: number, strideWords: number, columns: number) {
    this.words = words;
    this.strideWords = strideWords;
    this.states = new Uint8Array(rows);
    this.#columns = columns;
  }

  setStatus(row: number, column: number, status: number): void {
    this.#statuses ??= new Uint8Array(this.states.length * this.#columns);
    this.#statuses[row * this.#columns + column] = status;
  }

  statusesOf(column: number): Uint8Array {
    const statuses = this.states.slice();
    if (this.#statuses === undefined) return statuses;
    for (let row = 0; row < statuses.length; row++) {
      if (statuses[row] === MIXED) statuses[row] = this.#statuses[row * this.#columns + column]!;
    }
    return statuses;
  }

  isPresent(row: number, column: number): boolean {
    const state = this.states[row]!;
    return (state === MIXED ? this.#statuses![row * this.#columns + column] : state) === FEATURE_STATUS.PRESENT;
  }
}

/** One column of a block. Models read it row by row; what it is as a column is only made for those who ask. */
export class BlockColumn implements FeatureColumn {
  readonly name: string;
  readonly dataType: DataType;
  readonly width: number;
  readonly strip: ColumnStrip;
  readonly #block: RecordBlock;
  readonly #field: RecordField;
  readonly #index: number;
  #bytes: Uint8Array | undefined = undefined;
  #statuses: Uint8Array | undefined = undefined;
  #lengths: Uint32Array | undefined = undefined;

  constructor(name: string, block: RecordBlock, field: RecordField, index: number) {
    this.name = name;
    this.dataType = field.dataType;
    this.width = field.width;
    this.strip = { words: block.words, strideWords: block.strideWords, offsetWords: field.offsetWords };
    this.#block = block;
    this.#field = field;
    this.#index = index;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= this.#laidOut());
  }

  get statuses(): Uint8Array {
    return (this.#statuses ??= this.#block.statusesOf(this.#index));
  }

  get lengths(): Uint32Array | undefined {
    const { countWord } = this.#field;
    if (countWord === undefined) return undefined;
    const { words, strideWords } = this.strip;
    return (this.#lengths ??= Uint32Array.from(this.#block.states, (_, row) => words[row * strideWords + countWord]!));
  }

  #laidOut(): Uint8Array {
    const { words, strideWords, offsetWords } = this.strip;
    const { byteLength } = this.#field;
    const rows = this.#block.states.length;
    const source = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    const bytes = new Uint8Array(rows * byteLength);
    for (let row = 0; row < rows; row++) {
      const from = (row * strideWords + offsetWords) * 4;
      if (byteLength > 32) bytes.set(source.subarray(from, from + byteLength), row * byteLength);
      else for (let i = 0; i < byteLength; i++) bytes[row * byteLength + i] = source[from + i]!;
    }
    return bytes;
  }
}

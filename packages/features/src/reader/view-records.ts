import { copyWords } from '@rangefinder/tensor';
import { allocateColumns } from '../columns/column-slab.ts';
import { isOutsideMaxAge } from '../columns/row-states.ts';
import { FEATURE_STATUS, type FeatureColumn, type NumberedEntities } from '../feature-reader.ts';
import type { ResidentRows, RowCell, RowKey } from '../row-store.ts';
import { UNREADABLE } from '../rows/row-scratch.ts';
import type { PlannedView } from './planned-view.ts';
import { MIXED, RecordBlock } from './record-block.ts';
import type { RecordLayout } from './record-layout.ts';
import type { DecodedView, ViewDecoder } from './view-decoder.ts';

const { PRESENT, NOT_FOUND, OUTSIDE_MAX_AGE } = FEATURE_STATUS;

/** What is known of a decoded row, whatever its age. */
const KIND = Object.freeze({ nothing: 0, unreadable: 1, allPresent: 2, mixed: 3, ownTimes: 4 });

/** The record that no number has: for rows that are not kept. */
const SPARE = 0;
const SLOTS_AT_FIRST = 1024;

/** Where one read has its rows from. */
export type RowSource = LookedUpRows | ResidentSource;

interface LookedUpRows {
  readonly resident: undefined;
  /** In the order of the entities, from `from` on. */
  readonly rows: readonly (Uint8Array | undefined)[];
  readonly from: number;
}

interface ResidentSource {
  readonly resident: ResidentRows;
  readonly expiryMs: number;
}

export interface RecordRead {
  readonly entities: NumberedEntities;
  readonly source: RowSource;
  readonly nowMs: number;
  readonly allocate: ((words: number) => Uint32Array) | undefined;
}

export interface RecordsFound {
  readonly block: RecordBlock;
  readonly oldestEventMs: number;
}

/**
 * Rows of one view, decoded once and kept by the entity's number:
 *
 *     number + 1 → row it was decoded from │ kind │ newest event time │ record f0 f1 f2 …
 *
 * A read takes the record as it is while the store's row is the same object, decodes it anew when it is another, and looks at
 * its age in every case. Records are copied out, so nothing that was answered changes later.
 */
export class ViewRecords {
  readonly #view: PlannedView;
  readonly #layout: RecordLayout;
  readonly #decoder: ViewDecoder;
  readonly #slotsMax: number;
  readonly #check: (entityId: string) => void;
  /** By slot: ids, keys and cells as they were asked for last, and the rows that the records are of. */
  readonly #ids: (string | undefined)[] = [];
  readonly #keys: (RowKey | undefined)[] = [];
  readonly #cells: (RowCell | undefined)[] = [];
  readonly #rows: (Uint8Array | undefined)[] = [];
  #kinds = new Uint8Array(0);
  #eventMs = new Float64Array(0);
  #words = new Uint32Array(0);
  /** Statuses of `mixed` and `ownTimes`, event times of `ownTimes`. */
  readonly #details = new Map<number, RowDetails>();
  readonly #absent: Uint32Array;

  /** `recordsBytes`: memory that the records may take, rows that they were decoded from included. `check` refuses ids. */
  constructor(
    view: PlannedView,
    layout: RecordLayout,
    decoder: ViewDecoder,
    options: { readonly recordsBytes: number; readonly check: (entityId: string) => void },
  ) {
    this.#check = options.check;
    this.#view = view;
    this.#layout = layout;
    this.#decoder = decoder;
    this.#slotsMax = Math.max(1, Math.floor(options.recordsBytes / (layout.strideWords * 8 + SLOT_BYTES)));
    this.#grow(1);
    this.#decode([SPARE], [undefined]);
    this.#absent = this.#words.slice(0, layout.strideWords);
  }

  /** The key of an entity; the same object from read to read for one that has a number. Throws for an id that is none. */
  keyOf(entityId: string, number: number): RowKey {
    const slot = this.#slotOf(number);
    if (this.#ids[slot] === entityId) return this.#keys[slot]!;
    this.#check(entityId);
    const key = { view: this.#view.layout.view, entityId };
    this.#putSlot(slot);
    this.#ids[slot] = entityId;
    this.#keys[slot] = key;
    this.#cells[slot] = undefined;
    return key;
  }

  read({ entities, source, nowMs, allocate }: RecordRead): RecordsFound {
    const { ids, numbers } = entities;
    const { strideWords, fields } = this.#layout;
    const words = allocate?.(ids.length * strideWords) ?? new Uint32Array(ids.length * strideWords);
    const block = new RecordBlock(words, ids.length, strideWords, fields.length);
    const found = { block, oldestEventMs: 0 };
    const changed: Changed = { at: [], slots: [], rows: [] };
    for (let i = 0; i < ids.length; i++) {
      const slot = this.#slotOf(numbers[i]!);
      const row =
        source.resident === undefined ? source.rows[source.from + i] : this.#look(source, ids[i]!, numbers[i]!, slot);
      if (row === undefined) {
        this.#emitAbsent(block, i, NOT_FOUND);
      } else if (slot !== SPARE && this.#rows[slot] === row) {
        this.#emit(found, i, slot, nowMs);
      } else {
        changed.at.push(i);
        changed.slots.push(slot);
        changed.rows.push(row);
      }
    }
    this.#emitChanged(found, changed, nowMs);
    return found;
  }

  /** The row in the store's memory: a look into its cell, or for the cell first. */
  #look(
    { resident, expiryMs }: ResidentSource,
    entityId: string,
    number: number,
    slot: number,
  ): Uint8Array | undefined {
    let cell = this.#ids[slot] === entityId ? this.#cells[slot] : undefined;
    if (cell?.row === undefined) {
      cell = resident.cellOf(this.keyOf(entityId, number));
      this.#cells[slot] = cell;
    }
    const isThere = cell !== undefined && (cell.expireMs === 0 || cell.expireMs > expiryMs);
    return isThere ? cell!.row : undefined;
  }

  /** Rows that are not known yet, decoded in one go; what has no slot, or shares one with another in this read, by itself. */
  #emitChanged(found: RecordsInTheMaking, { at, slots, rows }: Changed, nowMs: number): void {
    if (at.length === 0) return;
    this.#decode(slots, rows);
    for (let i = 0; i < at.length; i++) {
      let slot = slots[i]!;
      if (this.#rows[slot] !== rows[i]) {
        slot = SPARE;
        this.#decode([SPARE], [rows[i]]);
      }
      this.#emit(found, at[i]!, slot, nowMs);
    }
  }

  #slotOf(number: number): number {
    const slot = number + 1;
    return slot < this.#slotsMax ? slot : SPARE;
  }

  #decode(slots: readonly number[], rows: readonly (Uint8Array | undefined)[]): void {
    const planned = this.#view.columns.map((column) => column.planned);
    const count = slots.length;
    // Without an age limit: what is kept is what the row says, and its age is looked at when it is read.
    const decoded = this.#decoder.decode(this.#view, { rows, from: 0, count }, allocateColumns(planned, count), {
      nowMs: 0,
      maxAgeMs: 0,
    });
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      if (slot >= this.#kinds.length) this.#grow(slot + 1);
      this.#putSlot(slot);
      this.#rows[slot] = rows[i];
      this.#putRecord(slot, decoded.columns, i);
      this.#putKind(slot, decoded, i);
    }
  }

  #putRecord(slot: number, columns: readonly FeatureColumn[], row: number): void {
    const { fields, strideWords } = this.#layout;
    const bytes = new Uint8Array(this.#words.buffer);
    for (const [c, { offsetWords, byteLength, countWord }] of fields.entries()) {
      const column = columns[c]!;
      const from = row * byteLength;
      bytes.set(column.bytes.subarray(from, from + byteLength), (slot * strideWords + offsetWords) * 4);
      if (countWord !== undefined) this.#words[slot * strideWords + countWord] = column.lengths![row]!;
    }
  }

  #putKind(slot: number, { columns, states, starts }: DecodedView, row: number): void {
    this.#details.delete(slot);
    const start = starts[row]!;
    if (start < 0) {
      this.#kinds[slot] = start === UNREADABLE ? KIND.unreadable : KIND.nothing;
      return;
    }
    this.#eventMs[slot] = this.#decoder.newestEventMs(start);
    const ownTimes = this.#view.maxAgeMs > 0 && this.#decoder.hasOwnTimes(start);
    if (!ownTimes && columns.every(({ statuses }) => statuses[row] === PRESENT)) {
      this.#kinds[slot] = KIND.allPresent;
      return;
    }
    this.#kinds[slot] = ownTimes ? KIND.ownTimes : KIND.mixed;
    this.#details.set(slot, {
      statuses: Uint8Array.from(columns, ({ statuses }) => statuses[row]!),
      eventMs: ownTimes
        ? Float64Array.from(this.#view.columns, ({ planned }) => states.eventMsOf(row, planned.slot.index))
        : undefined,
    });
  }

  #emit(found: RecordsInTheMaking, row: number, slot: number, nowMs: number): void {
    const { block } = found;
    const kind = this.#kinds[slot]!;
    if (kind === KIND.unreadable) {
      this.#emitAbsent(block, row, NOT_FOUND);
      return;
    }
    const eventMs = this.#eventMs[slot]!;
    if (found.oldestEventMs === 0 || eventMs < found.oldestEventMs) found.oldestEventMs = eventMs;
    const { maxAgeMs } = this.#view;
    if (kind !== KIND.ownTimes && maxAgeMs > 0 && isOutsideMaxAge(eventMs, nowMs, maxAgeMs)) {
      this.#emitAbsent(block, row, OUTSIDE_MAX_AGE);
      return;
    }
    const { strideWords } = this.#layout;
    copyWords(this.#words, slot * strideWords, block.words, row * strideWords, strideWords);
    if (kind === KIND.allPresent) block.states[row] = PRESENT;
    else this.#emitDetails(block, row, this.#details.get(slot)!, nowMs);
  }

  #emitAbsent({ words, states }: RecordBlock, row: number, status: number): void {
    const { strideWords } = this.#layout;
    copyWords(this.#absent, 0, words, row * strideWords, strideWords);
    states[row] = status;
  }

  #emitDetails(block: RecordBlock, row: number, { statuses, eventMs }: RowDetails, nowMs: number): void {
    const { maxAgeMs } = this.#view;
    const { fields, strideWords } = this.#layout;
    block.states[row] = MIXED;
    for (let c = 0; c < statuses.length; c++) {
      if (eventMs === undefined || !isOutsideMaxAge(eventMs[c]!, nowMs, maxAgeMs)) {
        block.setStatus(row, c, statuses[c]!);
        continue;
      }
      block.setStatus(row, c, OUTSIDE_MAX_AGE);
      const { offsetWords, byteLength, countWord } = fields[c]!;
      const to = row * strideWords;
      copyWords(this.#absent, offsetWords, block.words, to + offsetWords, Math.ceil(byteLength / 4));
      if (countWord !== undefined) block.words[to + countWord] = this.#absent[countWord]!;
    }
  }

  /** An array without holes stays quick. */
  #putSlot(slot: number): void {
    while (this.#keys.length <= slot) {
      this.#ids.push(undefined);
      this.#keys.push(undefined);
      this.#cells.push(undefined);
      this.#rows.push(undefined);
    }
  }

  #grow(slots: number): void {
    const capacity = Math.min(this.#slotsMax, Math.max(SLOTS_AT_FIRST, 2 ** Math.ceil(Math.log2(slots))));
    const enlarged = <A extends Uint8Array | Uint32Array | Float64Array>(old: A, larger: A): A => {
      larger.set(old);
      return larger;
    };
    this.#kinds = enlarged(this.#kinds, new Uint8Array(capacity));
    this.#eventMs = enlarged(this.#eventMs, new Float64Array(capacity));
    this.#words = enlarged(this.#words, new Uint32Array(capacity * this.#layout.strideWords));
  }
}

/** What a slot takes besides its record and about as much for its row: references, kind, event time, key, cell. */
const SLOT_BYTES = 160;

/** Places in the read, slots and rows of what has to be decoded. */
interface Changed {
  readonly at: number[];
  readonly slots: number[];
  readonly rows: Uint8Array[];
}

interface RowDetails {
  readonly statuses: Uint8Array;
  readonly eventMs: Float64Array | undefined;
}

type RecordsInTheMaking = { -readonly [K in keyof RecordsFound]: RecordsFound[K] };

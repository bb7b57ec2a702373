import { RangefinderError } from '@rangefinder/base';
import { createSharedMemory, type SharedMemory } from './kernel.ts';
import { roundUp } from './layout.ts';

const PAGE_BYTES = 65_536;
const ALIGNMENT = 64;

interface Range {
  readonly at: number;
  readonly bytes: number;
}

/** Hands out pieces of one shared WebAssembly memory, first fit, and takes them back. Only the main thread allocates. */
export class Arena {
  readonly memory: SharedMemory;
  readonly #bytesMax: number;
  #end: number;
  #free: Range[] = [];
  #views: Views | undefined;

  /** `reserved` bytes at the start are spoken for; `holes` in them are free. */
  constructor(bytesMax: number, reserved: number, holes: readonly Range[] = []) {
    this.#bytesMax = Math.min(bytesMax, 65_535 * PAGE_BYTES);
    this.#end = roundUp(reserved, ALIGNMENT);
    this.#check(0);
    this.#free = [...holes];
    this.memory = createSharedMemory(
      Math.max(1, Math.ceil(this.#end / PAGE_BYTES)),
      Math.floor(this.#bytesMax / PAGE_BYTES),
    );
  }

  /** First byte that was never given out. */
  get end(): number {
    return this.#end;
  }

  /** Views on the whole memory as it is now. Growing it makes them too short: ask again after an allocation. */
  get views(): Views {
    const { buffer } = this.memory;
    if (this.#views?.bytes.buffer !== buffer) {
      this.#views = {
        bytes: new Uint8Array(buffer),
        u32: new Uint32Array(buffer),
        i32: new Int32Array(buffer),
        f32: new Float32Array(buffer),
      };
    }
    return this.#views;
  }

  /** Zeroed when it was never used before. Throws RESOURCE_EXHAUSTED when the limit would be passed. */
  allocate(wanted: number): number {
    const bytes = roundUp(Math.max(1, wanted), ALIGNMENT);
    const i = this.#free.findIndex((range) => range.bytes >= bytes);
    if (i >= 0) {
      const range = this.#free[i]!;
      if (range.bytes === bytes) this.#free.splice(i, 1);
      else this.#free[i] = { at: range.at + bytes, bytes: range.bytes - bytes };
      return range.at;
    }
    this.#check(bytes);
    const at = this.#end;
    const missing = at + bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.#grow(missing);
    this.#end += bytes;
    return at;
  }

  free(at: number, wanted: number): void {
    const range = { at, bytes: roundUp(Math.max(1, wanted), ALIGNMENT) };
    const merged: Range[] = [];
    for (const next of [...this.#free, range].sort((a, b) => a.at - b.at)) {
      const last = merged.at(-1);
      if (last !== undefined && last.at + last.bytes === next.at) {
        merged[merged.length - 1] = { at: last.at, bytes: last.bytes + next.bytes };
      } else {
        merged.push(next);
      }
    }
    this.#free = merged;
  }

  #check(bytes: number): void {
    if (this.#end + bytes > this.#bytesMax) {
      throw new RangefinderError(
        'RESOURCE_EXHAUSTED',
        `limits.memoryBytes: the index would need ${this.#end + bytes} bytes, more than the limit of ${this.#bytesMax}`,
        { field: 'limits.memoryBytes' },
      );
    }
  }

  #grow(missing: number): void {
    try {
      this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch (error) {
      throw new RangefinderError('RESOURCE_EXHAUSTED', `the machine refused ${missing} more bytes for a vector index`, {
        cause: error,
      });
    }
  }
}

export interface Views {
  readonly bytes: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
}

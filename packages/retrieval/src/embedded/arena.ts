import { RangefinderError } from '@rangefinder/base';
import { createSharedMemory, type SharedMemory } from './kernel.ts';
import { roundUp } from './layout.ts';

const PAGE_BYTES = 65_536;
/** 32-bit addresses end here. */
const PAGES_MAX = 65_535;
const ALIGNMENT = 64;

interface Range {
  readonly at: number;
  readonly bytes: number;
}

/**
 * Hands out pieces of one shared WebAssembly memory, first fit, and takes them back. Only the main thread allocates.
 *
 * The memory has its full size from the start; the system backs a page when it is first touched. It must not grow: a thread
 * learns of a memory's new size some time after it was grown, and until then its atomic operations on what is new trap.
 */
export class Arena {
  readonly memory: SharedMemory;
  readonly views: Views;
  /** The limit, or less where the system grants less. */
  readonly bytesMax: number;
  #end: number;
  #free: Range[] = [];

  /** `reserved` bytes at the start are spoken for; `holes` in them are free. */
  constructor(limitBytes: number, reserved: number, holes: readonly Range[] = []) {
    this.#end = roundUp(reserved, ALIGNMENT);
    checkFits(this.#end, limitBytes);
    this.#free = [...holes];
    const pagesMax = Math.min(Math.floor(limitBytes / PAGE_BYTES), PAGES_MAX);
    this.memory = reserve(pagesMax, Math.max(1, Math.ceil(this.#end / PAGE_BYTES)));
    const { buffer } = this.memory;
    this.bytesMax = buffer.byteLength;
    this.views = {
      bytes: new Uint8Array(buffer),
      u32: new Uint32Array(buffer),
      i32: new Int32Array(buffer),
      f32: new Float32Array(buffer),
    };
  }

  /** First byte that was never given out. */
  get end(): number {
    return this.#end;
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
    const at = this.#end;
    checkFits(at + bytes, this.bytesMax);
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
}

function checkFits(bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return;
  throw new RangefinderError(
    'RESOURCE_EXHAUSTED',
    `limits.memoryBytes: the index would need ${bytes} bytes, more than the limit of ${bytesMax}`,
    { field: 'limits.memoryBytes' },
  );
}

/** A system that counts what is promised, and not what is used, may refuse the whole; then it is half, and so on. */
export function reserve(
  pagesWanted: number,
  pagesLeast: number,
  create: (pages: number) => SharedMemory = createSharedMemory,
): SharedMemory {
  for (let pages = Math.max(pagesWanted, pagesLeast); ; pages = Math.max(pagesLeast, pages >>> 1)) {
    try {
      return create(pages);
    } catch (error) {
      if (pages > pagesLeast) continue;
      throw new RangefinderError(
        'RESOURCE_EXHAUSTED',
        `the machine refused ${pages * PAGE_BYTES} bytes for a vector index`,
        { cause: error },
      );
    }
  }
}

export interface Views {
  readonly bytes: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
}

import type Koffi from 'koffi';
import type { SharedMemory } from './kernel.ts';

/** A part of a file, and where in the memory it belongs. All are multiples of 64 KiB, the largest page that systems have. */
export interface MappedPart {
  readonly at: number;
  readonly bytes: number;
  readonly fileAt: number;
}

export interface FileMapper {
  /**
   * Lays parts of an open file over a shared memory: pages are read when they are touched, shared with whoever maps the same
   * file, and copied when they are written, so the file never changes. The descriptor may be closed afterwards. When it
   * throws, the memory has holes: nobody may touch it any more.
   */
  map(memory: SharedMemory, parts: readonly MappedPart[], descriptor: number): void;
}

const PAGE_BYTES = 65_536;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_FIXED = 0x12;
/** Linux allows a process 65,530 mappings. */
const PARTS_MAX = 1024;

/** Or why files cannot be mapped here. Only on Linux is it tried and tested what V8 does with such a memory. */
export async function loadFileMapper(): Promise<FileMapper | string> {
  if (process.platform !== 'linux') return `files are not mapped on ${process.platform}`;
  let koffi: typeof Koffi;
  try {
    koffi = (await import('koffi')).default;
  } catch (error) {
    return `koffi cannot be loaded: ${String(error)}`;
  }
  const mmap = koffi.load(null).func('mmap', 'intptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
  return {
    map(memory, parts, descriptor) {
      const base = Number(koffi.address(new Uint8Array(memory.buffer)));
      // Nothing else stands between a number from a file and the memory of this process.
      for (const { at, bytes, fileAt } of parts) {
        const isAligned = [base, at, bytes, fileAt].every((n) => Number.isSafeInteger(n) && n % PAGE_BYTES === 0);
        if (!isAligned || at < 0 || bytes <= 0 || fileAt < 0 || at + bytes > memory.buffer.byteLength) {
          throw new Error(`a part of ${bytes} bytes at ${at} cannot be mapped`);
        }
      }
      if (parts.length > PARTS_MAX) throw new Error(`${parts.length} parts, more than ${PARTS_MAX}`);
      for (const { at, bytes, fileAt } of parts) {
        const mapped = Number(mmap(base + at, bytes, PROT_READ_WRITE, MAP_PRIVATE_FIXED, descriptor, fileAt));
        if (mapped !== base + at) throw new Error(`mmap failed with error ${koffi.errno()}`);
      }
    },
  };
}

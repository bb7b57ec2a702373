import { KERNEL_BASE64 } from './kernel-binary.ts';

/** What the WebAssembly module exports; addresses are byte offsets in the shared memory. See kernel/index.as. */
export interface Kernel {
  attach(header: number, beam: number, gathered: number, codes: number, chosen: number, pool: number): void;
  attachMarks(visited: number, excluded: number, bytes: number): void;
  insertItems(slots: number, source: number, count: number, strideBytes: number): void;
  repairItems(fromSlot: number, toSlot: number): void;
  search(request: number): void;
}

/** The part of WebAssembly.Memory that is used; TypeScript keeps the full types in its browser library. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

/** A compiled module; it can be posted to another thread. */
export type KernelModule = object;

interface WebAssemblyApi {
  readonly Module: new (binary: Uint8Array) => KernelModule;
  readonly Instance: new (module: KernelModule, imports: object) => { readonly exports: unknown };
  readonly Memory: new (options: { initial: number; maximum: number; shared: true }) => SharedMemory;
}

function webAssembly(): WebAssemblyApi {
  return (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
}

export function compileKernel(): KernelModule {
  return new (webAssembly().Module)(Buffer.from(KERNEL_BASE64, 'base64'));
}

/** One instance for each thread: its globals are that thread's scratch. */
export function instantiateKernel(module: KernelModule, memory: SharedMemory): Kernel {
  return new (webAssembly().Instance)(module, { env: { memory } }).exports as Kernel;
}

/** Of a size that never changes. Throws RangeError where the system refuses. */
export function createSharedMemory(pages: number): SharedMemory {
  return new (webAssembly().Memory)({ initial: pages, maximum: pages, shared: true });
}

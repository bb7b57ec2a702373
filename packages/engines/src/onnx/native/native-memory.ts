import koffi from 'koffi';
import type { Address } from './ort-api.ts';

/** Where `view` lies. It must be backed by an ArrayBuffer of its own (not a small typed array, which may move). */
export function addressOf(view: ArrayBufferView | ArrayBufferLike): Address {
  const target = ArrayBuffer.isView(view) ? view : new Uint8Array(view);
  return Number(koffi.address(target));
}

export function readString(address: Address): string {
  return koffi.decode.string(address);
}

export function readPointer(address: Address): Address {
  return Number(koffi.decode.uint64(address));
}

export function writePointer(address: Address, value: Address): void {
  koffi.encode(address, 'uint64_t', value);
}

export function readUint32(address: Address): number {
  return koffi.decode.uint32(address);
}

export function fill(address: Address, byteLength: number, value: number): void {
  koffi.encode(address, 'uint8_t', new Uint8Array(byteLength).fill(value), byteLength);
}

export function readBytes(address: Address, byteLength: number): Uint8Array {
  return byteLength === 0 ? new Uint8Array(0) : (koffi.decode(address, 'uint8_t', byteLength) as Uint8Array);
}

/** Copies of `count` doubles at `address`. */
export function readDoubles(address: Address, count: number): Float64Array {
  return koffi.decode(address, 'double', count) as Float64Array;
}

/** A little memory for out-parameters and arrays of pointers, at a fixed address for as long as it is referenced. */
export class Scratch {
  readonly address: Address;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(byteLength = 64) {
    const buffer = new ArrayBuffer(byteLength);
    this.bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.address = addressOf(buffer);
  }

  pointer(index = 0): Address {
    return Number(this.#view.getBigUint64(8 * index, true));
  }

  setPointer(index: number, value: Address): void {
    this.#view.setBigUint64(8 * index, BigInt(value), true);
  }

  int32(): number {
    return this.#view.getInt32(0, true);
  }

  /** A signed 64-bit element as a number. */
  int64(index = 0): number {
    return Number(this.#view.getBigInt64(8 * index, true));
  }

  clear(): void {
    this.bytes.fill(0);
  }
}

/** A NUL-terminated array of C strings, alive as long as this object. */
export class StringArray {
  readonly address: Address;
  readonly addresses: readonly Address[];
  readonly #table: Scratch;
  readonly #text: Scratch;

  constructor(strings: readonly string[]) {
    const encoded = strings.map((each) => Buffer.from(`${each}\0`));
    this.#text = new Scratch(
      Math.max(
        1,
        encoded.reduce((sum, each) => sum + each.length, 0),
      ),
    );
    this.#table = new Scratch(8 * (strings.length + 1));
    const addresses: Address[] = [];
    let offset = 0;
    for (const [i, each] of encoded.entries()) {
      this.#text.bytes.set(each, offset);
      addresses.push(this.#text.address + offset);
      this.#table.setPointer(i, this.#text.address + offset);
      offset += each.length;
    }
    this.addresses = addresses;
    this.address = this.#table.address;
  }
}

export interface CLibrary {
  /** memcpy of libc. */
  copy(target: Address, source: Address, byteLength: number): void;
  /** Gives freed memory back to the operating system, off this thread. Does nothing where libc has no malloc_trim. */
  trim(): Promise<void>;
}

/** The C library that this process already runs on. */
export function bindCLibrary(): CLibrary {
  const library = koffi.load(process.platform === 'win32' ? 'ucrtbase.dll' : null);
  const memcpy = library.func('memcpy', 'uintptr_t', ['uintptr_t', 'uintptr_t', 'size_t']);
  const trim = findFunction(() => library.func('malloc_trim', 'int', ['size_t']));
  return {
    copy: (target, source, byteLength) => {
      memcpy(target, source, byteLength);
    },
    trim: () => (trim === undefined ? Promise.resolve() : new Promise((resolve) => trim.async(0, () => resolve()))),
  };
}

function findFunction<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

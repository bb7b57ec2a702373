import { Scratch, StringArray } from './native-memory.ts';
import type { Address, StatusAddress } from './ort-api.ts';
import type { OrtLibrary } from './ort-library.ts';
import { checkStatus, OrtError, takeError } from './ort-status.ts';

/** `OrtErrorCode` ORT_FAIL, for what koffi itself reports. */
const FAIL = 1;

/** Creates a session on libuv's pool. Rejects with an OrtError; a load that `cancelled` aborts ends early. */
export async function createSession(
  library: OrtLibrary,
  options: Address,
  modelPath: string,
  cancelled?: AbortSignal,
): Promise<Address> {
  const { api } = library;
  const out = new Scratch();
  const cancel = (): void => {
    api.sessionOptionsSetLoadCancellationFlag(options, 1);
  };
  cancelled?.addEventListener('abort', cancel);
  try {
    const status = await new Promise<StatusAddress>((resolve, reject) => {
      api.createSession.async(library.environment, modelPath, options, out.address, (error, result) => {
        if (error === null) resolve(result);
        else reject(new OrtError(FAIL, error.message));
      });
    });
    if (status !== 0) throw takeError(api, status);
    return out.pointer();
  } finally {
    cancelled?.removeEventListener('abort', cancel);
  }
}

/** Gives the session's memory back to the C library, on libuv's pool. */
export function releaseSession(library: OrtLibrary, session: Address): Promise<void> {
  return new Promise((resolve) => library.api.releaseSession.async(session, () => resolve()));
}

/** What the session's arena has taken, weights included; 0 where it has no arena. */
export function arenaBytes(library: OrtLibrary, session: Address): number {
  const { api, handles } = library;
  const out = new Scratch();
  checkStatus(api, api.createAllocator(session, handles.cpuMemory, out.address));
  const allocator = out.pointer();
  try {
    checkStatus(api, api.allocatorGetStats(allocator, out.address));
    const stats = out.pointer();
    const bytes = Number(api.getKeyValue(stats, 'TotalAllocated') ?? 0);
    api.releaseKeyValuePairs(stats);
    return bytes;
  } finally {
    api.releaseAllocator(allocator);
  }
}

export function createRunOptions(library: OrtLibrary): Address {
  const out = new Scratch();
  const status = library.api.createRunOptions(out.address);
  if (status !== 0) throw takeError(library.api, status);
  return out.pointer();
}

/** The names of a session's inputs and outputs as C strings, which must live as long as its runs. */
export class SessionNames {
  readonly #inputs: StringArray;
  readonly #outputs: StringArray;

  constructor(inputs: readonly string[], outputs: readonly string[]) {
    this.#inputs = new StringArray(inputs);
    this.#outputs = new StringArray(outputs);
  }

  get inputs(): readonly Address[] {
    return this.#inputs.addresses;
  }

  get outputs(): readonly Address[] {
    return this.#outputs.addresses;
  }
}

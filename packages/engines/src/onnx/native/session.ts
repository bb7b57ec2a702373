import { Scratch, StringArray } from './native-memory.ts';
import type { SessionCreated, SessionCreation } from '../threads/loader-thread.ts';
import type { Address } from './ort-api.ts';
import type { OrtLibrary } from './ort-library.ts';
import { checkStatus, OrtError, takeError } from './ort-status.ts';

/** `OrtErrorCode` ORT_FAIL, for what is no status of ONNX Runtime's. */
const FAIL = 1;

/** Whoever creates and releases sessions off this thread; the same shape as `LoaderThreads`. */
export interface SessionCreator {
  create(creation: SessionCreation): Promise<SessionCreated>;
  release(session: Address): Promise<void>;
}

/** Creates a session on a loader thread. Rejects with an OrtError; a load that `cancelled` aborts ends early. */
export async function createSession(
  library: OrtLibrary,
  creator: SessionCreator,
  creation: Omit<SessionCreation, 'environment'>,
  cancelled?: AbortSignal,
): Promise<Address> {
  const { api, environment } = library;
  const { options } = creation;
  const cancel = (): void => {
    api.sessionOptionsSetLoadCancellationFlag(options, 1);
  };
  cancelled?.addEventListener('abort', cancel);
  try {
    const created = await creator.create({ environment, ...creation });
    if ('failure' in created) throw new OrtError(FAIL, created.failure);
    if (created.status !== 0) throw takeError(api, created.status);
    return created.session;
  } finally {
    cancelled?.removeEventListener('abort', cancel);
  }
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

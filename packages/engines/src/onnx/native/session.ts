import { Scratch, StringArray } from './native-memory.ts';
import type { Address, StatusAddress } from './ort-api.ts';
import type { OrtLibrary } from './ort-library.ts';
import { OrtError, takeError } from './ort-status.ts';

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

import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { bindCLibrary, Scratch } from '../native/native-memory.ts';
import { type Address, bindOrtApi, configureStacks, type StatusAddress } from '../native/ort-api.ts';
import type { OrtHandles } from '../native/ort-library.ts';

/**
 * A loader thread: creates and releases sessions, which takes all of a core for as long as a model is large. It has a thread
 * and a low priority of its own, so that models which serve meanwhile do not notice, and libuv's pool is left to files and
 * sockets.
 */
export interface SessionCreation {
  readonly environment: Address;
  readonly options: Address;
  readonly modelPath: string;
}

/** Gives the memory of a session that nothing uses any more back to the C library. */
export interface SessionRelease {
  readonly released: Address;
}

export type LoaderTask = SessionCreation | SessionRelease;

/** `status` 0: `session` was created. Otherwise the status says why not, and is the receiver's to release. */
export type SessionCreated =
  | { readonly status: StatusAddress; readonly session: Address }
  | { readonly failure: string };

/** Below that of engine threads. On Linux a priority is a thread's own; elsewhere it would be the whole process's. */
const NICE = 15;

function serveLoads(port: NonNullable<typeof parentPort>, handles: OrtHandles): void {
  if (process.platform === 'linux') setPriority(NICE);
  configureStacks();
  // koffi makes the stack for calls of this thread when it first loads a library here; without one a call writes to nowhere.
  bindCLibrary();
  const api = bindOrtApi(handles.api);
  const out = new Scratch();
  const create = ({ environment, modelPath, options }: SessionCreation): SessionCreated => {
    const status = api.createSession(environment, modelPath, options, out.address);
    return { status, session: status === 0 ? out.pointer() : 0 };
  };
  const release = ({ released }: SessionRelease): SessionCreated => {
    api.releaseSession(released);
    return { status: 0, session: 0 };
  };
  port.on('message', (task: LoaderTask | null) => {
    if (task === null) {
      port.close();
      return;
    }
    try {
      port.postMessage('released' in task ? release(task) : create(task));
    } catch (error) {
      port.postMessage({ failure: String(error) } satisfies SessionCreated);
    }
  });
}

if (parentPort !== null) serveLoads(parentPort, workerData as OrtHandles);

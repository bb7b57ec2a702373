import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { bindCLibrary, Scratch } from '../native/native-memory.ts';
import { type Address, bindOrtApi, configureStacks, type StatusAddress } from '../native/ort-api.ts';
import type { OrtHandles } from '../native/ort-library.ts';

/**
 * A loader thread: creates sessions, which takes all of a core for as long as a model is large. It has a thread and a low
 * priority of its own, so that models which serve meanwhile do not notice, and libuv's pool is left to files and sockets.
 */
export interface SessionCreation {
  readonly environment: Address;
  readonly options: Address;
  readonly modelPath: string;
}

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
  port.on('message', (creation: SessionCreation | null) => {
    if (creation === null) {
      port.close();
      return;
    }
    try {
      const status = api.createSession(creation.environment, creation.modelPath, creation.options, out.address);
      port.postMessage({ status, session: status === 0 ? out.pointer() : 0 } satisfies SessionCreated);
    } catch (error) {
      port.postMessage({ failure: String(error) } satisfies SessionCreated);
    }
  });
}

if (parentPort !== null) serveLoads(parentPort, workerData as OrtHandles);

import { stat } from 'node:fs/promises';
import { type Logger, RangefinderError } from '@rangefinder/base';
import type { ModelSignature } from '../engine.ts';
import { loadError } from './load-error.ts';
import type { Address } from './native/ort-api.ts';
import type { OrtLibrary } from './native/ort-library.ts';
import { arenaBytes, createSession, type SessionCreator } from './native/session.ts';
import { createSessionOptions, OPTIMIZATION_LEVELS, type SessionSettings } from './native/session-options.ts';
import { readSignature } from './native/session-signature.ts';
import { type CacheEntry, cacheEntry, commit, discard, isCached } from './optimized-model-cache.ts';

export interface LoadedSession {
  readonly session: Address;
  readonly signature: ModelSignature;
  /** What it takes in memory: its file, or what it allocated where that is known and more. */
  readonly memoryBytes: number;
}

export interface SessionLoad {
  readonly modelPath: string;
  readonly settings: SessionSettings;
  readonly cacheFolder: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly creator: SessionCreator;
}

/** Creates a session off the event loop, from the cache of optimised models where there is one. */
export async function loadSession(library: OrtLibrary, load: SessionLoad, logger: Logger): Promise<LoadedSession> {
  throwIfCancelled(load);
  const fileBytes = await checkFile(load.modelPath);
  const entry =
    load.cacheFolder === undefined
      ? undefined
      : await cacheEntry(load.cacheFolder, load.modelPath, load.settings, library.version);
  throwIfCancelled(load);
  try {
    const session =
      entry === undefined ? await create(library, load) : await createCached(library, load, entry, logger);
    return await describe(library, session, load, fileBytes);
  } catch (error) {
    throw loadError(load.modelPath, error);
  }
}

async function describe(
  library: OrtLibrary,
  session: Address,
  load: SessionLoad,
  fileBytes: number,
): Promise<LoadedSession> {
  try {
    throwIfCancelled(load);
    const memoryBytes = Math.max(fileBytes, arenaBytes(library, session));
    return { session, signature: readSignature(library, session), memoryBytes };
  } catch (error) {
    await load.creator.release(session);
    throw error;
  }
}

/** A cached model that cannot be loaded is replaced. */
async function createCached(
  library: OrtLibrary,
  load: SessionLoad,
  entry: CacheEntry,
  logger: Logger,
): Promise<Address> {
  if (await isCached(entry)) {
    const settings = { ...load.settings, optimizationLevel: OPTIMIZATION_LEVELS.disabled };
    try {
      return await create(library, { ...load, modelPath: entry.path, settings });
    } catch (error) {
      throwIfCancelled(load);
      logger.warn({ err: error, cache: entry.path }, 'a cached model cannot be loaded and is made anew');
    }
  }
  try {
    const session = await create(library, load, entry.temporaryPath);
    await commit(entry).catch((error: unknown) => {
      logger.warn({ err: error, cache: entry.path }, 'an optimised model could not be cached');
    });
    return session;
  } finally {
    await discard(entry);
  }
}

async function create(library: OrtLibrary, load: SessionLoad, optimizedPath?: string): Promise<Address> {
  const options = createSessionOptions(library, load.settings, optimizedPath);
  try {
    return await createSession(library, load.creator, { options, modelPath: load.modelPath }, load.signal);
  } finally {
    library.api.releaseSessionOptions(options);
  }
}

async function checkFile(modelPath: string): Promise<number> {
  const invalid = (problem: string): RangefinderError =>
    new RangefinderError('MODEL_INVALID', `${modelPath} ${problem}`, { field: modelPath });
  const found = await stat(modelPath).catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw invalid(code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`);
  });
  if (!found.isFile()) throw invalid('is not a file');
  if (found.size === 0) throw invalid('is empty');
  return found.size;
}

function throwIfCancelled(load: SessionLoad): void {
  if (load.signal?.aborted === true) {
    throw new RangefinderError('CANCELLED', `the load of ${load.modelPath} was cancelled`);
  }
}

import { invalidArgument, type Limits } from '@rangefinder/base';
import { parseDocument } from '../json/document.ts';
import { runAtOnce } from '../json/slices.ts';

/** `POST /v2/repository/index`: an array of these. What is empty is left out, as Triton does. */
export interface RepositoryIndexEntryBody {
  readonly name: string;
  readonly version?: string;
  readonly state?: string;
  readonly reason?: string;
}

export interface RepositoryIndexSource {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string;
}

export function repositoryIndexBody(entries: readonly RepositoryIndexSource[]): RepositoryIndexEntryBody[] {
  return entries.map(({ name, version, state, reason }) => ({
    name,
    ...(version !== '' && { version }),
    ...(state !== '' && { state }),
    ...(reason !== '' && { reason }),
  }));
}

/** The request's body: `{"ready": bool}` or nothing. Throws INVALID_ARGUMENT. */
export function decodeIndexRequest(body: Uint8Array, limits: Pick<Limits, 'jsonDepth'>): { readonly ready: boolean } {
  if (body.length === 0) return { ready: false };
  const value = runAtOnce(parseDocument(body, limits));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument('request body', 'expected a JSON object');
  }
  const ready = value['ready'] ?? false;
  if (typeof ready !== 'boolean') throw invalidArgument('ready', 'expected true or false');
  return { ready };
}

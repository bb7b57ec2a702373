import { invalidArgument, type Limits } from '@rangefinder/base';
import type { Slicing } from '../inference/decode-options.ts';
import { parseDocument } from '../json/document.ts';
import { runSlices, type Slices } from '../json/slices.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';

/** `POST /v2/repository/models/M/load`; the same fields as the repository's ModelOverride. */
export interface LoadRequestBody {
  /** JSON text of a model configuration in place of the file's. */
  readonly config?: string;
  /** `<version>/<file>` → content, in place of the model's own version folders. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

export interface UnloadRequestBody {
  /** Also the models that only this one uses. */
  readonly unloadDependents: boolean;
}

const FILE_PREFIX = 'file:';
/** Base64 characters decoded in one go: a multiple of 4. */
const BASE64_SLICE = 256 * 1024;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The body of a load request: nothing, or `{"parameters": {"config": "<JSON>", "file:<version>/<name>": "<base64>"}}`. A
 * promise for large bodies. Throws INVALID_ARGUMENT for anything else; the configuration itself is not looked into.
 */
export function decodeLoadRequest(
  body: Uint8Array,
  limits: Pick<Limits, 'jsonDepth'>,
  slicing: Slicing = {},
): LoadRequestBody | Promise<LoadRequestBody> {
  return runSlices(readLoadRequest(body, limits), slicing.yieldToEventLoop);
}

/** The body of an unload request: nothing, or `{"parameters": {"unload_dependents": bool}}`. Throws INVALID_ARGUMENT. */
export function decodeUnloadRequest(
  body: Uint8Array,
  limits: Pick<Limits, 'jsonDepth'>,
  slicing: Slicing = {},
): UnloadRequestBody | Promise<UnloadRequestBody> {
  return runSlices(readUnloadRequest(body, limits), slicing.yieldToEventLoop);
}

/** The other way round, for clients. Files must not be named in part: give all that the version needs. */
export function loadRequestJson(request: LoadRequestBody): string {
  const parameters: Record<string, string> = {};
  if (request.config !== undefined) parameters['config'] = request.config;
  for (const [path, content] of Object.entries(request.files ?? {})) {
    parameters[`${FILE_PREFIX}${path}`] = Buffer.from(content.buffer, content.byteOffset, content.length).toString(
      'base64',
    );
  }
  return JSON.stringify({ parameters });
}

function* readLoadRequest(body: Uint8Array, limits: Pick<Limits, 'jsonDepth'>): Slices<LoadRequestBody> {
  const parameters = yield* readParameters(body, limits);
  let config: string | undefined;
  const files: Record<string, Uint8Array> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const field = `parameters.${name}`;
    if (name !== 'config' && !name.startsWith(FILE_PREFIX)) {
      throw invalidArgument(field, `unknown; expected 'config' or '${FILE_PREFIX}<version>/<name>'`);
    }
    if (typeof value !== 'string') throw invalidArgument(field, 'expected a string');
    if (name === 'config') config = value;
    else files[checkedPath(name.slice(FILE_PREFIX.length), field)] = yield* decodeBase64(value, field);
  }
  const hasFiles = Object.keys(files).length > 0;
  if (hasFiles && config === undefined) {
    throw invalidArgument('parameters.config', `is needed when files are given with '${FILE_PREFIX}'`);
  }
  return { ...(config !== undefined && { config }), ...(hasFiles && { files }) };
}

function* readUnloadRequest(body: Uint8Array, limits: Pick<Limits, 'jsonDepth'>): Slices<UnloadRequestBody> {
  const parameters = yield* readParameters(body, limits);
  const unloadDependents = parameters['unload_dependents'] ?? false;
  if (typeof unloadDependents !== 'boolean') {
    throw invalidArgument('parameters.unload_dependents', 'expected true or false');
  }
  return { unloadDependents };
}

function* readParameters(body: Uint8Array, limits: Pick<Limits, 'jsonDepth'>): Slices<JsonObject> {
  if (body.length === 0) return {};
  const document = asObject(yield* parseDocument(body, limits), 'request body');
  return asObject(document['parameters'] ?? {}, 'parameters');
}

function asObject(value: JsonValue, field: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(field, 'expected a JSON object');
  }
  return value;
}

/** Relative, `<version>/<name>`, and never out of the model's folder: these names become paths. */
function checkedPath(path: string, field: string): string {
  const parts = path.split('/');
  const isSafe = parts.length >= 2 && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isSafe || !/^\d{1,18}$/.test(parts[0]!) || /[\\\0:]/.test(path)) {
    throw invalidArgument(field, `expected '${FILE_PREFIX}<version>/<name>' with a relative path inside the version`);
  }
  return path;
}

function* decodeBase64(text: string, field: string): Slices<Uint8Array> {
  if (text.length % 4 !== 0) throw invalidArgument(field, 'is not base64: its length is not a multiple of 4');
  const pieces: Buffer[] = [];
  for (let start = 0; start < text.length; start += BASE64_SLICE) {
    if (start > 0) yield;
    const piece = text.slice(start, start + BASE64_SLICE);
    const isLast = start + BASE64_SLICE >= text.length;
    if (!BASE64.test(piece) || (!isLast && piece.endsWith('='))) {
      throw invalidArgument(field, `is not base64 between characters ${start} and ${start + piece.length}`);
    }
    pieces.push(Buffer.from(piece, 'base64'));
  }
  return new Uint8Array(Buffer.concat(pieces));
}

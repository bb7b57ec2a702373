import { JSON_LENGTH_HEADER, decodeResponse } from '../logic/oip-message.ts';
import type { IncomingResponse, OutgoingRequest } from '../logic/oip-message.ts';
import type { BatchRecord, History, ModelMetadata, Overview } from './api-types.ts';

/** The server answered with an error, or did not answer; the message is its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

const CONTROL_TIMEOUT_MS = 10_000;

/** `v2/models/M/versions/V`, relative to the page, so that it works behind a path prefix. */
export function modelPath(model: string, version: string): string {
  const base = `v2/models/${encodeURIComponent(model)}`;
  return version === '' ? base : `${base}/versions/${encodeURIComponent(version)}`;
}

export function absoluteUrl(path: string): string {
  return new URL(path, document.baseURI.replace(/[#?].*$/, '')).href;
}

export function fetchOverview(): Promise<Overview> {
  return getJson<Overview>('api/v1/overview');
}

export function fetchHistory(): Promise<History> {
  return getJson<History>('api/v1/history');
}

export function fetchMetadata(model: string, version: string): Promise<ModelMetadata> {
  return getJson<ModelMetadata>(modelPath(model, version));
}

export function fetchConfig(model: string, version: string): Promise<Readonly<Record<string, unknown>>> {
  return getJson(`${modelPath(model, version)}/config`);
}

/** Newest first. */
export async function fetchBatches(model: string, version: string): Promise<readonly BatchRecord[]> {
  const path = `api/v1/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}/batches`;
  const answer = await getJson<readonly BatchRecord[] | { readonly batches: readonly BatchRecord[] }>(path);
  return 'batches' in answer ? answer.batches : answer;
}

/** Resolves when the model serves, or is gone. Loading may take long, so there is no time limit here. */
export async function controlModel(model: string, action: 'load' | 'unload'): Promise<void> {
  const path = `v2/repository/models/${encodeURIComponent(model)}/${action}`;
  await send(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
}

export interface InferenceResult {
  readonly response: IncomingResponse;
  readonly roundTripMs: number;
  readonly responseBytes: number;
}

export async function infer(
  model: string,
  version: string,
  request: OutgoingRequest,
  signal: AbortSignal,
): Promise<InferenceResult> {
  const startedMs = performance.now();
  const answer = await send(`${modelPath(model, version)}/infer`, {
    method: 'POST',
    headers: { ...request.headers },
    body: request.body,
    signal,
  });
  const body = new Uint8Array(await answer.arrayBuffer());
  const roundTripMs = performance.now() - startedMs;
  const jsonLength = answer.headers.get(JSON_LENGTH_HEADER);
  return {
    response: decodeResponse(body, jsonLength === null ? undefined : Number(jsonLength)),
    roundTripMs,
    responseBytes: body.byteLength,
  };
}

export async function getJson<T>(path: string): Promise<T> {
  const answer = await send(path, { signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS) });
  return (await answer.json()) as T;
}

export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await send(path, { ...init, signal: signal ?? AbortSignal.timeout(CONTROL_TIMEOUT_MS) });
  return (await answer.json()) as T;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(absoluteUrl(path), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('The server cannot be reached.', 0);
  }
  if (!answer.ok) throw new ApiError(await errorText(answer), answer.status);
  return answer;
}

async function errorText(answer: Response): Promise<string> {
  const text = await answer.text();
  try {
    const document = JSON.parse(text) as { error?: unknown };
    if (typeof document.error === 'string' && document.error !== '') return document.error;
  } catch {
    // Not JSON: a proxy in between, most likely.
  }
  return text.length > 0 && text.length < 300 && !text.startsWith('<') ? text : `HTTP status ${answer.status}`;
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

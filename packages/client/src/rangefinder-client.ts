import { DEFAULT_LIMITS, RangefinderError, type Limits } from '@rangefinder/base';
import {
  decodeInferResponse,
  encodeInferRequest,
  loadRequestJson,
  parseHeaderLength,
  type LoadRequestBody,
  type ModelMetadataBody,
  type RepositoryIndexEntryBody,
  type ServerMetadataBody,
  type StatisticsBody,
} from '@rangefinder/protocol';
import type { InferenceResponse, RequestedOutput, Tensor } from '@rangefinder/tensor';
import type { CallOptions, ClientOptions, InferOptions } from './client-options.ts';
import { HttpConnection, type HttpAnswer } from './http-connection.ts';
import { InferenceResult } from './inference-result.ts';

const HEADER_LENGTH = 'inference-header-content-length';

/**
 * A client of any Open Inference Protocol server over HTTP: Rangefinder, Triton, KServe. Connections are kept alive; `close`
 * ends them. Failures are RangefinderErrors with the server's message: the code its status stands for, UNAVAILABLE where it
 * cannot be reached, DEADLINE_EXCEEDED and CANCELLED where the caller's limits ended the call.
 */
export class RangefinderClient {
  readonly #http: HttpConnection;
  readonly #limits: Limits;

  constructor(options: ClientOptions) {
    this.#http = new HttpConnection(options);
    this.#limits = options.limits ?? DEFAULT_LIMITS;
  }

  /** Ends all connections, those in use too. */
  close(): void {
    this.#http.close();
  }

  serverMetadata(options: CallOptions = {}): Promise<ServerMetadataBody> {
    return this.#get('/v2', options);
  }

  /** Whether the server answers that it lives; false also when it cannot be reached. */
  live(options: CallOptions = {}): Promise<boolean> {
    return this.#probe('/v2/health/live', options);
  }

  /** Whether the server takes requests; false also when it cannot be reached. */
  ready(options: CallOptions = {}): Promise<boolean> {
    return this.#probe('/v2/health/ready', options);
  }

  modelReady(modelName: string, modelVersion = '', options: CallOptions = {}): Promise<boolean> {
    return this.#probe(`${modelPath(modelName, modelVersion)}/ready`, options);
  }

  /** Names of the models that the server lists. */
  async models(options: CallOptions = {}): Promise<string[]> {
    const body = await this.#get<unknown>('/v2/models', options);
    const list = typeof body === 'object' && body !== null && 'models' in body ? body.models : body;
    if (!Array.isArray(list)) throw unexpected('GET /v2/models', 'a list of models');
    return list.map((entry: unknown) => {
      const name = typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : entry;
      if (typeof name !== 'string') throw unexpected('GET /v2/models', 'names of models');
      return name;
    });
  }

  modelMetadata(modelName: string, modelVersion = '', options: CallOptions = {}): Promise<ModelMetadataBody> {
    return this.#get(modelPath(modelName, modelVersion), options);
  }

  modelConfig(
    modelName: string,
    modelVersion = '',
    options: CallOptions = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    return this.#get(`${modelPath(modelName, modelVersion)}/config`, options);
  }

  /** Without a name: of all models. */
  statistics(modelName = '', modelVersion = '', options: CallOptions = {}): Promise<StatisticsBody> {
    return this.#get(modelName === '' ? '/v2/models/stats' : `${modelPath(modelName, modelVersion)}/stats`, options);
  }

  async index(onlyReady = false, options: CallOptions = {}): Promise<RepositoryIndexEntryBody[]> {
    const answer = await this.#post('/v2/repository/index', JSON.stringify({ ready: onlyReady }), options);
    const body = parseJson(answer, 'POST /v2/repository/index');
    if (!Array.isArray(body)) throw unexpected('POST /v2/repository/index', 'a list of models');
    return body as RepositoryIndexEntryBody[];
  }

  /** Resolves when the model serves. */
  async load(modelName: string, override: LoadRequestBody = {}, options: CallOptions = {}): Promise<void> {
    await this.#post(`/v2/repository/models/${encodeURIComponent(modelName)}/load`, loadRequestJson(override), options);
  }

  async unload(modelName: string, options: CallOptions & { readonly unloadDependents?: boolean } = {}): Promise<void> {
    const parameters = { unload_dependents: options.unloadDependents ?? false };
    await this.#post(
      `/v2/repository/models/${encodeURIComponent(modelName)}/unload`,
      JSON.stringify({ parameters }),
      options,
    );
  }

  /** Runs a model on tensors, whose bytes must not change until the call is over. */
  async infer(modelName: string, inputs: readonly Tensor[], options: InferOptions = {}): Promise<InferenceResult> {
    const { binary = true, id = '', parameters = {}, compression } = options;
    const outputs = (options.outputs ?? []).map((output) => requestedOutput(output, binary));
    const other = { ...parameters, ...(outputs.length === 0 && binary && { binary_data_output: true }) };
    const request = { id, inputs, outputs, parameters: { priority: 0, timeoutUs: 0, other } };
    const encoded = await encodeInferRequest(request, { binary });
    const length = encoded.headerContentLength;
    const answer = await this.#http.call(
      {
        method: 'POST',
        path: `${modelPath(modelName, options.modelVersion ?? '')}/infer`,
        contentType: encoded.contentType,
        body: encoded.chunks,
        compression,
        ...(length !== undefined && { headers: { [HEADER_LENGTH]: String(length) } }),
      },
      options,
    );
    return new InferenceResult(await this.#decode(answer));
  }

  async #decode(answer: HttpAnswer): Promise<InferenceResponse> {
    const value = answer.headers[HEADER_LENGTH];
    const headerLength = parseHeaderLength(Array.isArray(value) ? value[0] : value);
    try {
      return await decodeInferResponse({ body: answer.body, headerLength, limits: this.#limits });
    } catch (error) {
      // It is not the caller's argument that is wrong.
      if (!(error instanceof RangefinderError) || error.code !== 'INVALID_ARGUMENT') throw error;
      throw new RangefinderError('INTERNAL', `the server's answer is malformed: ${error.message}`, { cause: error });
    }
  }

  async #probe(path: string, options: CallOptions): Promise<boolean> {
    try {
      return (await this.#http.exchange({ method: 'GET', path }, options)).status === 200;
    } catch (error) {
      if (error instanceof RangefinderError && error.code === 'UNAVAILABLE') return false;
      throw error;
    }
  }

  async #get<Body>(path: string, options: CallOptions): Promise<Body> {
    return parseJson(await this.#http.call({ method: 'GET', path }, options), `GET ${path}`) as Body;
  }

  #post(path: string, json: string, options: CallOptions): Promise<HttpAnswer> {
    const body = [new TextEncoder().encode(json)];
    return this.#http.call({ method: 'POST', path, contentType: 'application/json', body }, options);
  }
}

function modelPath(modelName: string, modelVersion: string): string {
  const model = `/v2/models/${encodeURIComponent(modelName)}`;
  return modelVersion === '' ? model : `${model}/versions/${encodeURIComponent(modelVersion)}`;
}

function requestedOutput(output: string | RequestedOutput, binary: boolean): RequestedOutput {
  if (typeof output === 'string') return { name: output, binaryData: binary, classificationCount: 0 };
  return { ...output, binaryData: output.binaryData ?? binary };
}

function parseJson(answer: HttpAnswer, call: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(answer.body)) as unknown;
  } catch (error) {
    throw unexpected(call, 'JSON', error);
  }
}

function unexpected(call: string, expected: string, cause?: unknown): RangefinderError {
  return new RangefinderError('INTERNAL', `${call}: the server did not answer with ${expected}`, { cause });
}

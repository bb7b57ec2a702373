import { RangefinderError } from '@rangefinder/base';
import { RangefinderClient, type CallOptions } from '@rangefinder/client';
import { isDataType, type RequestedOutput, type TensorSpec } from '@rangefinder/tensor';
import { CommandFailure, usageFailure } from './command-failure.ts';
import { DEFAULT_URL } from './common-options.ts';
import { EXIT } from './exit-codes.ts';
import type { OptionValues } from './option-values.ts';
import type {
  ConnectionRequest,
  ConnectionResponse,
  DeclaredModel,
  IndexedModel,
  ModelFigures,
  ServerConnection,
} from './server-connection.ts';
import type { Terminal } from './terminal/terminal.ts';

const TIMEOUT_SECONDS = 60;
const TIMEOUT_SECONDS_MAX = 86_400;

/** The server that `--url` or RANGEFINDER_URL names. @throws exit 2 for a URL that is none. */
export function connect(options: OptionValues, terminal: Terminal): ClientConnection {
  const fromEnvironment = terminal.environment['RANGEFINDER_URL'];
  const url =
    options.text('--url') ?? (fromEnvironment === undefined || fromEnvironment === '' ? DEFAULT_URL : fromEnvironment);
  const timeoutMs = (options.integer('--timeout', 1, TIMEOUT_SECONDS_MAX) ?? TIMEOUT_SECONDS) * 1000;
  try {
    return new ClientConnection(new RangefinderClient({ url, timeoutMs }), url, { signal: terminal.signal });
  } catch (error) {
    if (error instanceof RangefinderError)
      throw usageFailure(`--url: expected http://host:port, found ${JSON.stringify(url)}`, '--url');
    throw error;
  }
}

/** A server over HTTP. A call that reaches no server fails with exit 3. */
export class ClientConnection implements ServerConnection {
  readonly #client: RangefinderClient;
  readonly #url: string;
  readonly #call: CallOptions;

  constructor(client: RangefinderClient, url: string, call: CallOptions) {
    this.#client = client;
    this.#url = url;
    this.#call = call;
  }

  async metadata(modelName: string, modelVersion: string | undefined): Promise<DeclaredModel> {
    const body = await this.#reach(() => this.#client.modelMetadata(modelName, modelVersion, this.#call));
    return { inputs: body.inputs.map(readSpec), outputs: body.outputs.map(readSpec) };
  }

  infer(request: ConnectionRequest): Promise<ConnectionResponse> {
    const { modelVersion, id, parameters, binary } = request;
    const outputs = request.outputs.map(({ name, classes }): RequestedOutput => ({
      name,
      binaryData: undefined,
      classificationCount: classes,
    }));
    const optional = { ...(modelVersion !== undefined && { modelVersion }), ...(id !== undefined && { id }) };
    return this.#reach(() =>
      this.#client.infer(request.modelName, request.inputs, {
        ...this.#call,
        ...optional,
        parameters,
        binary,
        outputs,
      }),
    );
  }

  async index(onlyReady: boolean): Promise<readonly IndexedModel[]> {
    const entries = await this.#reach(() => this.#client.index(onlyReady, this.#call));
    return entries.map(({ name, version = '', state = '', reason = '' }) => ({ name, version, state, reason }));
  }

  async statistics(): Promise<readonly ModelFigures[]> {
    const { model_stats: stats } = await this.#reach(() => this.#client.statistics('', '', this.#call));
    return stats.map((entry) => ({
      name: entry.name,
      version: entry.version,
      inferenceCount: entry.inference_count,
      lastInferenceMs: entry.last_inference,
      memoryBytes: (entry.memory_usage ?? []).reduce((sum, { byte_size: bytes }) => sum + bytes, 0),
    }));
  }

  load(modelName: string, config: string | undefined): Promise<void> {
    return this.#reach(() => this.#client.load(modelName, config === undefined ? {} : { config }, this.#call));
  }

  unload(modelName: string): Promise<void> {
    return this.#reach(() => this.#client.unload(modelName, this.#call));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }

  async #reach<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      // An UNAVAILABLE that the server itself gave has no transport error below it.
      if (!(error instanceof RangefinderError) || error.code !== 'UNAVAILABLE' || error.cause === undefined)
        throw error;
      const message = `no server answers at ${this.#url} (${transportReason(error.cause)}); start one with: rangefinder serve`;
      throw new CommandFailure(EXIT.unreachable, 'UNREACHABLE', message, { cause: error });
    }
  }
}

/** The system's code where it has one; the message of a name with several addresses is empty. */
function transportReason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return code === '' ? cause.message : code;
}

function readSpec({
  name,
  datatype,
  shape,
}: {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}): TensorSpec {
  if (!isDataType(datatype))
    throw new RangefinderError(
      'UNSUPPORTED',
      `${name}: the server declares the type ${JSON.stringify(datatype)}, which is not known`,
    );
  return { name, dataType: datatype, shape, optional: false };
}

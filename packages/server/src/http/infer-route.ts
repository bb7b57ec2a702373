import { invalidArgument, RangefinderError, type Limits } from '@rangefinder/base';
import {
  checkJsonOutputs,
  decodeInferRequest,
  encodeInferResponse,
  type EncodedBody,
  type InferLimits,
} from '@rangefinder/protocol';
import type { ModelServer } from '@rangefinder/serving';
import { modelReference, requireKnownModel } from '../handlers/model-reference.ts';
import type { Exchange } from './exchange.ts';
import type { Reply } from './reply.ts';

export interface InferRouteParts {
  readonly models: ModelServer;
  readonly limits: Limits;
}

/** Bodies above this may be decoded in several turns of the event loop; whether the client is still there is asked between them. */
const SEVERAL_TURNS_BYTES = 64 * 1024;

/** `POST …/infer`: body → tensors → serving layer → body. The hot path: nothing here is done twice, little is allocated. */
export class InferRoute {
  readonly #models: ModelServer;
  readonly #limits: InferLimits;
  readonly #nameCharacters: number;

  constructor(parts: InferRouteParts) {
    this.#models = parts.models;
    this.#limits = parts.limits;
    this.#nameCharacters = parts.limits.nameCharacters;
  }

  async handle(exchange: Exchange): Promise<Reply> {
    const { params } = exchange;
    const model = modelReference(exchange.param(0), params.length > 1 ? exchange.param(1) : '', this.#nameCharacters);
    requireKnownModel(this.#models, model);
    const headerLength = headerLengthOf(exchange.header('inference-header-content-length'));
    const body = await exchange.body();
    exchange.readDeadline();
    const manyTurns = body.length > SEVERAL_TURNS_BYTES ? { yieldToEventLoop: () => nextTurn(exchange) } : undefined;
    const request = await decodeInferRequest({
      modelName: model.name,
      modelVersion: model.version,
      body,
      headerLength,
      limits: this.#limits,
      ...(headerLength === 0 ? { rawInput: () => this.#models.metadata(model.name, model.version) } : undefined),
      ...manyTurns,
    });
    // Before the inference, so that none is wasted. A model that has yet to load is checked when its answer is written.
    if (this.#models.isModelReady(model.name, model.version)) {
      checkJsonOutputs(request, this.#models.metadata(model.name, model.version).outputs);
    }
    const response = await this.#models.infer(request, exchange);
    return replyOf(await encodeInferResponse(response, request, manyTurns));
  }
}

function replyOf(encoded: EncodedBody): Reply {
  const { contentType, headerContentLength, chunks } = encoded;
  const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : chunks;
  if (headerContentLength === undefined) return { status: 200, contentType, body };
  return { status: 200, contentType, body, headers: ['Inference-Header-Content-Length', String(headerContentLength)] };
}

function headerLengthOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,15}$/.test(text)) {
    throw invalidArgument(
      'Inference-Header-Content-Length',
      `expected a whole number of bytes, got "${text.slice(0, 64)}"`,
    );
  }
  return Number(text);
}

async function nextTurn(exchange: Exchange): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (exchange.gone) throw new RangefinderError('CANCELLED', 'the client went away');
}

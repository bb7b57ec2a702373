import type { TestContext } from 'node:test';
import type { Ranker, RankRequest, RankResponse } from '@rangefinder/ranking';
import type { RequestContext } from '@rangefinder/serving';
import { serverOptions } from '../../src/options/option-sources.ts';
import { startServer, type RunningServer, type ServerParts } from '../../src/server.ts';
import { filmRankers, rankerModelFolder } from '../ranking/film-rankers.ts';
import { GrpcConnection } from '../support/grpc-client.ts';
import { RecordingLogger, testServer, type TestServer } from '../support/test-server.ts';

export interface FilmServer {
  readonly server: RunningServer;
  readonly logger: RecordingLogger;
  readonly connection: GrpcConnection;
}

/** The film rankers over a store, an index and an ONNX model, by HTTP and gRPC. */
export async function filmServer(t: TestContext, options: Readonly<Record<string, unknown>> = {}): Promise<FilmServer> {
  const modelRepository = [await rankerModelFolder(t)];
  const logger = new RecordingLogger();
  const server = await startServer(
    serverOptions({ modelRepository, httpPort: 0, grpcPort: 0, metricsPort: 0, ...options }),
    { logger, rankers: await filmRankers() },
  );
  t.after(() => server.close(0));
  return { server, logger, connection: GrpcConnection.open(t, server.grpcTarget) };
}

/** A ranker that answers as a test says. */
export class FakeRanker implements Ranker {
  readonly name = 'fake';
  readonly config = { name: 'fake' } as Ranker['config'];
  readonly #answer: (request: RankRequest, context: RequestContext) => Promise<RankResponse>;

  constructor(answer: (request: RankRequest, context: RequestContext) => Promise<RankResponse>) {
    this.#answer = answer;
  }

  rank(request: RankRequest, context: RequestContext = { deadlineUs: Infinity }): Promise<RankResponse> {
    return this.#answer(request, context);
  }
}

export function rankResponse(request: RankRequest): RankResponse {
  return {
    ranker: 'fake',
    requestId: request.requestId ?? '',
    user: request.user,
    items: (request.candidates ?? []).map((id) => ({ id, score: 1, scoredBy: 'source', explanation: undefined })),
    page: { size: 10, offset: 0, available: 0, cursor: undefined },
    degradations: [],
    counts: { candidates: 0, duplicates: 0, userFound: true, unknownItems: 0, nonFiniteScores: 0 },
    explanation: undefined,
  };
}

/** A server with one fake ranker and the builtin models, by gRPC. */
export async function fakeServer(
  t: TestContext,
  ranker: Ranker = new FakeRanker(async (request) => rankResponse(request)),
  options: Readonly<Record<string, unknown>> = {},
  parts: ServerParts = {},
): Promise<TestServer & { readonly connection: GrpcConnection }> {
  const running = await testServer(
    t,
    { grpc: true, ...options },
    { rankers: () => new Map([[ranker.name, ranker]]), ...parts },
  );
  return { ...running, connection: GrpcConnection.open(t, running.server.grpcTarget) };
}

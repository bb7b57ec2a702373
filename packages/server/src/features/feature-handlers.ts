import { RangefinderError, type Clock, type Limits } from '@rangefinder/base';
import type { FeatureColumn, FeatureService, OnlineFeaturesResult } from '@rangefinder/features';
import {
  encodeFeastOnlineResponse,
  feastOnlineRequest,
  feastPushRequest,
  parseJsonBody,
  type FeastColumn,
} from '@rangefinder/protocol';
import type { RouteHandler } from '../http/api-route.ts';
import type { Exchange } from '../http/exchange.ts';
import { jsonReply, type Reply } from '../http/reply.ts';
import { withFeastErrors } from './feast-error.ts';
import type { FeatureMetrics } from './feature-metrics.ts';
import type { FeatureNames } from './feature-names.ts';
import { onlineQuery } from './online-request.ts';
import { pushRequests } from './push-rows.ts';

/** What the Feast endpoints serve from. */
export interface ServedFeatures {
  readonly service: FeatureService;
  readonly names: FeatureNames;
  readonly metrics: FeatureMetrics;
  /** For a read whose request has no deadline of its own. */
  readonly timeoutMs: number;
}

export interface FeatureRouteParts {
  readonly features: ServedFeatures | undefined;
  readonly limits: Limits;
  readonly clock: Clock;
}

/** Feast's feature server: `POST /get-online-features`, `POST /push`, `GET /health`. */
export function featureHandlers({ features, limits, clock }: FeatureRouteParts) {
  const served = (): ServedFeatures => {
    if (features !== undefined) return features;
    throw new RangefinderError('UNSUPPORTED', 'no features are served; --feature-repository DIR names their views');
  };
  return {
    getOnlineFeatures: (exchange: Exchange) =>
      withFeastErrors(exchange, () => getOnlineFeatures(exchange, served(), limits, clock)),
    pushFeatures: (exchange: Exchange) => withFeastErrors(exchange, () => push(exchange, served(), limits)),
    featureHealth: (exchange: Exchange) =>
      withFeastErrors(exchange, async () => {
        await served().service.check();
        return jsonReply({ status: 'ok' });
      }),
  } satisfies Record<string, RouteHandler>;
}

async function getOnlineFeatures(
  exchange: Exchange,
  { service, names, metrics, timeoutMs }: ServedFeatures,
  limits: Limits,
  clock: Clock,
): Promise<Reply> {
  const body = await exchange.body();
  exchange.readDeadline();
  const request = feastOnlineRequest(await parseJsonBody(body, limits));
  const query = onlineQuery(request, names);
  const startedUs = clock.nowUs();
  const result = await metrics.measured(startedUs, clock, () =>
    service.onlineFeatures({
      ...query.request,
      nowMs: clock.wallMs(),
      timeoutMs: Math.min(timeoutMs, (exchange.deadlineUs - startedUs) / 1000),
    }),
  );
  metrics.served(result);
  const encoded = await encodeFeastOnlineResponse({
    rows: result.rows,
    entities: query.echoed.map((name) => ({ name, values: request.entities[name] ?? [] })),
    columns: feastColumns(result, query.columnNames),
  });
  // Feast's answer has no place for it, and its clients read no headers they do not know.
  const stale = result.staleRows === 0 ? {} : { headers: ['Rangefinder-Stale-Rows', String(result.staleRows)] };
  return { status: 200, contentType: encoded.contentType, body: encoded.chunks, ...stale };
}

function feastColumns(result: OnlineFeaturesResult, columnNames: readonly string[]): FeastColumn[] {
  return result.columns.map((column, i) => ({
    name: columnNames[i] ?? column.name,
    dataType: column.dataType,
    width: column.width,
    isList: isList(column),
    bytes: column.bytes,
    statuses: column.statuses,
    lengths: column.lengths,
    eventMs: result.eventMs[i] ?? NO_TIMES,
  }));
}

const NO_TIMES = new Float64Array(1);

function isList({ width, lengths }: FeatureColumn): boolean {
  return lengths !== undefined || width !== 1;
}

async function push(exchange: Exchange, { service, names, metrics }: ServedFeatures, limits: Limits): Promise<Reply> {
  const request = feastPushRequest(await parseJsonBody(await exchange.body(), limits));
  let applied = 0;
  let late = 0;
  for (const one of pushRequests(request, names)) {
    const result = await service.push(one);
    applied += result.applied;
    late += result.late;
  }
  metrics.pushed(applied, late);
  return jsonReply({ applied, late });
}

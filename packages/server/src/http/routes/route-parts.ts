import type { Clock, Limits } from '@rangefinder/base';
import type { ModelServer } from '@rangefinder/serving';
import type { EventStream } from '../../admin/event-stream.ts';
import type { OverviewBuilder } from '../../admin/overview-builder.ts';
import type { TrafficSampler } from '../../admin/traffic-sampler.ts';
import { modelReference, type ModelReference } from '../../handlers/model-reference.ts';
import type { ServerIdentity } from '../../handlers/server-information.ts';
import type { AdjustableLogLevel } from '../../logging/log-level.ts';
import type { ServedFeatures } from '../../features/feature-handlers.ts';
import type { RankerCalls } from '../../ranking/ranker-calls.ts';
import type { StaticPages } from '../../pages/static-pages.ts';
import type { TraceSampler } from '../../tracing/trace-sampler.ts';
import type { OperationId } from '../api-operations.ts';
import type { RouteHandler } from '../api-route.ts';
import type { Exchange } from '../exchange.ts';
import { jsonReply, type Reply } from '../reply.ts';

/** What handlers need; each group takes its share. */
export interface RouteParts {
  readonly models: ModelServer;
  /** Whether the server takes requests: its models are loaded, and it is not shutting down. */
  readonly ready: () => boolean;
  readonly identity: ServerIdentity;
  readonly limits: Limits;
  readonly log: AdjustableLogLevel;
  readonly traces: TraceSampler;
  readonly pages: StaticPages;
  readonly sampler: TrafficSampler;
  readonly overview: OverviewBuilder;
  readonly events: EventStream;
  readonly rankers: RankerCalls;
  readonly features: ServedFeatures | undefined;
  readonly clock: Clock;
}

export type RouteHandlers = Partial<Readonly<Record<OperationId, RouteHandler>>>;

/** The model that the path names, and the version where it names one. */
export function referenceOf(exchange: Exchange, limits: Limits): ModelReference {
  return modelReference(exchange.param(0), exchange.params.length > 1 ? exchange.param(1) : '', limits.nameCharacters);
}

/** 503: the state for those who read it, and the error that every answer but 200 has. */
export function notReady(state: object, error: string): Reply {
  const reply = jsonReply({ ...state, error }, 503);
  return { ...reply, headers: ['Rangefinder-Error-Code', 'UNAVAILABLE', 'Retry-After', '1'] };
}

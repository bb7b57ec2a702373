import type { AddressInfo } from 'node:net';
import type { Clock, Limits, Logger } from '@rangefinder/base';
import {
  file_grpc_health_v1_health,
  file_grpc_reflection_v1_reflection,
  file_rangefinder_v1_ranker,
  GRPC_STATUS_NAMES,
  MessageDecoder,
} from '@rangefinder/protocol/grpc';
import type { ModelServer } from '@rangefinder/serving';
import type { GrpcMetrics } from '../metrics/grpc-metrics.ts';
import type { RankerCalls } from '../ranking/ranker-calls.ts';
import type { ByteBudget } from '../transport/byte-budget.ts';
import type { RequestIds } from '../transport/request-ids.ts';
import type { RestrictedAccess } from '../transport/restricted-access.ts';
import { GrpcDispatcher, type GrpcObserver } from './grpc-dispatcher.ts';
import { GrpcListener } from './grpc-listener.ts';
import { healthMethods } from './services/health-service.ts';
import { rankerMethods } from './services/ranker-service.ts';
import { reflectionMethods } from './services/reflection-service.ts';
import { ServingHealth } from './serving-health.ts';

export interface GrpcFrontEndParts {
  readonly host: string;
  readonly port: number;
  readonly keepAliveMs: number;
  readonly models: ModelServer;
  readonly rankers: RankerCalls;
  readonly limits: Limits;
  readonly budget: ByteBudget;
  readonly restrictions: RestrictedAccess;
  readonly requestIds: RequestIds;
  readonly metrics: GrpcMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The gRPC server: its services, their health, and the listener. */
export class GrpcFrontEnd {
  readonly #health: ServingHealth;
  readonly #listener: GrpcListener;
  readonly #unobserve: () => void;

  constructor(parts: GrpcFrontEndParts) {
    const { models, limits, clock, metrics } = parts;
    const files = [file_rangefinder_v1_ranker, file_grpc_health_v1_health, file_grpc_reflection_v1_reflection];
    const services = files.flatMap((file) => file.services.map(({ typeName }) => typeName));
    this.#health = new ServingHealth(models, services);
    this.#unobserve = models.observe({ modelStateChanged: () => this.#health.refresh() });
    const decoder = new MessageDecoder(limits.grpcMessageFields);
    const dispatcher = new GrpcDispatcher({
      ...parts,
      methods: [
        ...rankerMethods(parts.rankers, decoder, limits),
        ...healthMethods(this.#health, decoder),
        ...reflectionMethods(files, decoder),
      ],
      receiveMs: limits.grpcRequestReceiveMs,
      observer: observerOf(metrics),
    });
    this.#listener = new GrpcListener(dispatcher, { ...parts, ...limits }, clock);
    metrics.watch(() => ({ connections: this.#listener.openConnections, streams: this.#listener.openStreams }));
  }

  listen(): Promise<AddressInfo> {
    return this.#listener.listen();
  }

  /** Readiness may have changed. */
  refreshHealth(): void {
    this.#health.refresh();
  }

  /** Health says NOT_SERVING, clients are told to go elsewhere, and what is under way goes on. */
  drain(): void {
    this.#health.stop();
    this.#listener.drain();
  }

  async close(graceMs: number): Promise<void> {
    this.#unobserve();
    this.#health.stop();
    await this.#listener.close(graceMs);
  }
}

function observerOf(metrics: GrpcMetrics): GrpcObserver {
  return {
    answered: (method, grpcStatus, durationUs) =>
      metrics.answered(
        method?.path.slice(1) ?? 'unmatched',
        GRPC_STATUS_NAMES[grpcStatus] ?? String(grpcStatus),
        method?.kind === 'stream' ? undefined : durationUs / 1e6,
      ),
  };
}

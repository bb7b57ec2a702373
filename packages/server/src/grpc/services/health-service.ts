import { create, toBinary } from '@bufbuild/protobuf';
import { RangefinderError } from '@rangefinder/base';
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthCheckResponseSchema,
  type MessageDecoder,
} from '@rangefinder/protocol/grpc';
import type { GrpcCall } from '../grpc-call.ts';
import { methodBase, unaryMethod, type GrpcMethod, type SendMessage } from '../grpc-method.ts';
import type { ServingHealth } from '../serving-health.ts';

const HEALTH_BYTES = 64 * 1024;

/** gRPC's health checking protocol, which balancers and Kubernetes' probes speak. */
export function healthMethods(health: ServingHealth, decoder: MessageDecoder): GrpcMethod[] {
  const options = { group: 'health', messageBytesMax: HEALTH_BYTES, duringShutdown: true } as const;
  return [
    unaryMethod(Health.method.check, decoder, options, ({ service }) => {
      const status = health.statusOf(service);
      if (status === undefined) throw new RangefinderError('NOT_FOUND', `service "${service.slice(0, 256)}": unknown`);
      return { status };
    }),
    {
      ...methodBase(Health.method.watch, options),
      kind: 'stream',
      handle: async (messages, call, send) => {
        const { service } = decoder.decode(HealthCheckRequestSchema, await messages.only());
        await watch(health, service, call, send);
      },
    },
  ];
}

/** Sends the status now and each that differs from the one before; ends with the call, or with UNAVAILABLE at the shutdown. */
async function watch(health: ServingHealth, service: string, call: GrpcCall, send: SendMessage): Promise<void> {
  let wake: (() => void) | undefined;
  const woken = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  const unlisten = health.onChange(() => wake?.());
  call.onCancellable(() => wake?.());
  try {
    let sent: ServingStatus | undefined;
    while (!call.gone) {
      const status = health.statusOf(service) ?? ServingStatus.SERVICE_UNKNOWN;
      if (status !== sent) {
        await send(toBinary(HealthCheckResponseSchema, create(HealthCheckResponseSchema, { status })));
        sent = status;
      } else if (health.stopping) {
        throw new RangefinderError('UNAVAILABLE', 'the server is shutting down');
      } else {
        await woken();
      }
    }
  } finally {
    unlisten();
  }
}

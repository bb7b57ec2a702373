import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack, durationFromMs } from '@bufbuild/protobuf/wkt';
import type { RangefinderError } from '@rangefinder/base';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../gen/google/rpc/status_pb.ts';

const DOMAIN = 'rangefinder';

/** `grpc-status-details-bin`: the row of the catalogue, the field that was wrong and when to try again, where they are known. */
export function errorDetails(error: RangefinderError): Uint8Array {
  const { code, message, field, retryAfterMs, entry } = error;
  const details = [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: code, domain: DOMAIN }))];
  if (field !== undefined) {
    const violation = { field, description: message };
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations: [violation] })));
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = durationFromMs(retryAfterMs);
    details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay })));
  }
  return toBinary(StatusSchema, create(StatusSchema, { code: entry.grpcStatus, message, details }));
}

import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack, durationFromMs } from '@bufbuild/protobuf/wkt';
import type { RangefinderError } from '@rangefinder/base';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../gen/google/rpc/status_pb.ts';
import { shortened } from './status.ts';

const DOMAIN = 'rangefinder';
const FIELD_CHARACTERS = 128;

/** `grpc-status-details-bin`: the row of the catalogue, the field that was wrong and when to try again, where they are known. */
export function errorDetails(error: RangefinderError): Uint8Array {
  const { code, field, retryAfterMs, entry } = error;
  // Protobuf has no half characters.
  const message = shortened(error.message).toWellFormed();
  const details = [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: code, domain: DOMAIN }))];
  if (field !== undefined) {
    const violation = { field: field.slice(0, FIELD_CHARACTERS).toWellFormed(), description: message };
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations: [violation] })));
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = durationFromMs(retryAfterMs);
    details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay })));
  }
  return toBinary(StatusSchema, create(StatusSchema, { code: entry.grpcStatus, message, details }));
}

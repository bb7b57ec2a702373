import { invalidArgument } from '@rangefinder/base';
import { checkLimit, type FeatureLimits } from '../reader/feature-limits.ts';
import type { EntityId } from '../service/feature-service.ts';

/** An entity's id as stores have it: text as it is, integers in decimal. Throws INVALID_ARGUMENT. */
export function entityIdText(limits: FeatureLimits, id: EntityId, field: string): string {
  if (typeof id === 'bigint') return id.toString();
  if (typeof id === 'number') {
    if (Number.isSafeInteger(id)) return id.toString();
    throw invalidArgument(field, `expected text or an integer up to 2^53 as entity id, got ${id}`);
  }
  if (typeof id !== 'string')
    throw invalidArgument(field, `expected text or an integer as entity id, got a ${typeof id}`);
  checkEntityId(limits, id, field);
  return id;
}

/** Throws INVALID_ARGUMENT for an empty id and PAYLOAD_TOO_LARGE for one that is too long. */
export function checkEntityId(limits: FeatureLimits, id: string, field: string): void {
  if (id.length === 0) throw invalidArgument(field, 'expected an entity id, got an empty text');
  if (id.length * 3 > limits.entityIdBytes) checkLimit(limits, 'entityIdBytes', field, Buffer.byteLength(id));
}

import { createHash } from 'node:crypto';
import { invalidArgument } from '@rangefinder/base';
import type { RowKey } from '../row-store.ts';

/**
 * `prefix{entityId}view` for Redis: what stands in braces decides the slot of a cluster, so that all views of an entity lie
 * on one node. The view is percent-encoded and so has no brace: no two rows share a key, whatever the entity's id is.
 */
export function hashTaggedKey(prefix: string, { view, entityId }: RowKey): string {
  return `${prefix}{${wellFormed(entityId)}}${encodeView(view)}`;
}

/** `prefixview:entityId`, where nothing limits what an entity's id may be. */
export function plainKey(prefix: string, { view, entityId }: RowKey): string {
  return `${prefix}${encodeView(view)}:${wellFormed(entityId)}`;
}

const MEMCACHED_KEY_BYTES = 250;
/** Printable ASCII without the percent sign, which is the escape. */
const VERBATIM = /^[!-$&-~]*$/;

/**
 * For memcached, whose keys are at most 250 bytes without blanks and controls: `prefixview:entityId` percent-encoded where it
 * must be, or a SHA-256 of it when that is too long. An encoded view never starts with `#`, so the two kinds never meet.
 */
export function memcachedKey(prefix: string, key: RowKey): string {
  const view = encodeView(key.view);
  const id = VERBATIM.test(key.entityId) ? key.entityId : encodeURIComponent(wellFormed(key.entityId));
  const text = `${prefix}${view}:${id}`;
  if (text.length <= MEMCACHED_KEY_BYTES) return text;
  return `${prefix}#${createHash('sha256').update(`${view}:${id}`).digest('base64url')}`;
}

/** A prefix that every store can take; anything else is refused when the store is configured. */
export function checkedPrefix(prefix: string): string {
  if (/^[\w.:/-]{0,64}$/.test(prefix)) return prefix;
  throw invalidArgument(
    'prefix',
    `expected at most 64 letters, digits and _ . : / -, got ${JSON.stringify(prefix.slice(0, 80))}`,
  );
}

function encodeView(view: string): string {
  return /^[\w.-]+$/.test(view) ? view : encodeURIComponent(wellFormed(view));
}

/** UTF-8 has no lone surrogates: two ids that differ in them would share a key. */
function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  throw invalidArgument('entity id', `expected well-formed Unicode, got ${JSON.stringify(text.slice(0, 64))}`);
}

import { RangefinderError, reasonOf } from '@rangefinder/base';
import type { CompiledRedisOptions } from './redis-index-options.ts';

/** What Redis says, and what people can do about it. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^NOAUTH|^WRONGPASS|invalid username-password/, 'see user and password in the URL'],
  [/^NOPERM/, "the user lacks a right: allow it with ACL SETUSER +@search +hset +unlink and the keys' prefix"],
  [/no such index|unknown index name/i, 'the index is missing: open with create: true'],
  [/cannot create index on db/i, 'indexes are in database 0 only: see the URL'],
  [/^READONLY/, 'this server takes no changes: name the primary in the URL'],
  [/^OOM/, 'raise maxmemory or remove items'],
  [/^LOADING/, 'it is loading its data'],
];

/** A failure of this server, in the catalogue's words. */
export function redisFailure({ name }: CompiledRedisOptions, thrown: unknown): RangefinderError {
  if (thrown instanceof RangefinderError) return thrown;
  const reason = reasonOf(thrown);
  const advice = ADVICE.find(([pattern]) => pattern.test(reason))?.[1];
  const text = `${name}: Redis: ${reason}${advice === undefined ? '' : ` (${advice})`}`;
  return new RangefinderError(reason.startsWith('OOM') ? 'RESOURCE_EXHAUSTED' : 'UNAVAILABLE', text, { cause: thrown });
}

import { RangefinderError } from '@rangefinder/base';

/** What FT.INFO tells of an index, in the words of FT.CREATE. */
export interface RedisIndexInfo {
  readonly items: number;
  /** Items that were there before the index are taken in by and by. */
  readonly isIndexing: boolean;
  readonly prefixes: readonly string[];
  /** Attributes by the name of their field: `type`, and for vectors `algorithm`, `data_type`, `dim`, `distance_metric`. */
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Reads the pairs of names and values that RESP2 has for maps. Throws INTERNAL for anything else. */
export function indexInfo(reply: unknown): RedisIndexInfo {
  const info = pairs(reply);
  const definition = pairs(info.get('index_definition'));
  const fields = (info.get('attributes') as unknown[]).map((attribute) => {
    // Flags like SORTABLE stand at the end, without a value.
    const known = pairs(attribute);
    return [
      String(known.get('identifier')),
      new Map([...known].map(([name, value]) => [name, String(value)])),
    ] as const;
  });
  return {
    items: Number(info.get('num_docs')),
    isIndexing: Number(info.get('percent_indexed') ?? 1) < 1,
    prefixes: (definition.get('prefixes') as unknown[]).map(String),
    fields: new Map(fields),
  };
}

/** Keys and distances of FT.SEARCH's answer: [count, key, [name, value], key, …]. */
export function foundItems(reply: unknown): {
  readonly keys: readonly string[];
  readonly distances: readonly number[];
} {
  if (!Array.isArray(reply) || reply.length % 2 === 0) throw unexpected('FT.SEARCH');
  const keys: string[] = [];
  const distances: number[] = [];
  for (let i = 1; i < reply.length; i += 2) {
    const fields: unknown = reply[i + 1];
    // An item that was removed while the answer was put together has no fields.
    if (!Array.isArray(fields)) continue;
    keys.push(String(reply[i]));
    distances.push(Number(fields[fields.indexOf('distance') + 1]));
  }
  return { keys, distances };
}

function pairs(reply: unknown): Map<string, unknown> {
  if (!Array.isArray(reply)) throw unexpected('FT.INFO');
  const found = new Map<string, unknown>();
  for (let i = 0; i + 1 < reply.length; i += 2) found.set(String(reply[i]), reply[i + 1]);
  return found;
}

function unexpected(command: string): RangefinderError {
  return new RangefinderError('UNAVAILABLE', `Redis: ${command} was answered with something else than a list`);
}

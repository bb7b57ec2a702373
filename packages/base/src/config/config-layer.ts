import { formatConfigPath, type ConfigPath } from './config-path.ts';
import { isPlainObject, type SchemaNode } from './schema-node.ts';

/** One place that configuration comes from. Later layers win over earlier ones, key by key. */
export interface ConfigLayer {
  /** As messages name it: `rangefinder.yaml`, `command line`. */
  readonly source: string;
  readonly value: unknown;
  /** A closer name for the place of one value: `environment RANGEFINDER_HTTP_PORT`, `flag --http-port`. */
  sourceOf?(path: ConfigPath): string | undefined;
  /** What was wrong already while this layer was read; reported along with everything else. */
  readonly problems?: readonly string[];
}

export interface MergedLayers {
  readonly value: unknown;
  /** Formatted path of each value that a layer gave → source. Arrays and records count as one value. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * Lays the layers over each other. Objects with declared properties are merged key by key; arrays, records and scalars are
 * replaced as a whole, because half of one list and half of another is never what somebody meant.
 */
export function mergeLayers(schema: SchemaNode, layers: readonly ConfigLayer[]): MergedLayers {
  const origins = new Map<string, string>();
  const candidates = layers
    .filter((layer) => layer.value !== undefined)
    .map((layer) => ({ layer, value: layer.value }));
  return { value: mergeNode(schema, candidates, [], origins), origins };
}

export function layerSource(layer: ConfigLayer, path: ConfigPath): string {
  return layer.sourceOf?.(path) ?? layer.source;
}

/** The source of the value at `path`, or of the closest one around it. */
export function originOf(origins: ReadonlyMap<string, string>, path: ConfigPath): string | undefined {
  for (let length = path.length; length >= 0; length--) {
    const origin = origins.get(formatConfigPath(path.slice(0, length)));
    if (origin !== undefined) return origin;
  }
  return undefined;
}

interface Candidate {
  readonly layer: ConfigLayer;
  readonly value: unknown;
}

function mergeNode(
  node: SchemaNode | undefined,
  candidates: readonly Candidate[],
  path: ConfigPath,
  origins: Map<string, string>,
): unknown {
  const last = candidates.at(-1);
  if (last === undefined) return undefined;
  const properties = node?.properties;
  if (properties === undefined || !isPlainObject(last.value)) {
    origins.set(formatConfigPath(path), layerSource(last.layer, path));
    return last.value;
  }
  const objects = candidates.filter((candidate) => isPlainObject(candidate.value));
  const keys = new Set(objects.flatMap((candidate) => Object.keys(candidate.value as object)));
  const entries: [string, unknown][] = [];
  for (const key of keys) {
    const inside: Candidate[] = [];
    for (const { layer, value } of objects) {
      const given = Object.getOwnPropertyDescriptor(value, key)?.value as unknown;
      if (given !== undefined) inside.push({ layer, value: given });
    }
    if (inside.length === 0) continue;
    const child = Object.hasOwn(properties, key) ? properties[key] : undefined;
    entries.push([key, mergeNode(child, inside, [...path, key], origins)]);
  }
  return Object.fromEntries(entries);
}

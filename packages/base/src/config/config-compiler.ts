import type { Static, TSchema } from 'typebox';
import { RangefinderError } from '../rangefinder-error.ts';
import { withDefaults } from './config-defaults.ts';
import { layerSource, mergeLayers, originOf, type ConfigLayer } from './config-layer.ts';
import { formatConfigPath, type ConfigPath } from './config-path.ts';
import { deepFreeze, type DeepReadonly } from './deep-freeze.ts';
import { schemaNode, type SchemaNode } from './schema-node.ts';
import { findProblems, type ConfigProblem } from './schema-problems.ts';

export interface ConfigSources<T extends TSchema> {
  readonly schema: T;
  /** From the weakest to the strongest: file, environment, flags. The schema's defaults are below them all. */
  readonly layers: readonly ConfigLayer[];
  /** What no schema can say, such as one field against another. Runs once everything else is in order. */
  readonly check?: (config: Static<T>) => readonly ConfigCheckProblem[];
}

export interface ConfigCheckProblem {
  readonly path: ConfigPath;
  /** `expected …, got …`, without the path. */
  readonly message: string;
}

export interface CompiledConfig<T extends TSchema> {
  readonly config: DeepReadonly<Static<T>>;
  /** Formatted path → source, for each value that is not a default. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * Defaults < layers, checked as a whole and frozen. Throws one INVALID_ARGUMENT whose message has a line for each problem:
 * `rangefinder.yaml: http.port: expected an integer from 0 to 65535, got 70000`.
 */
export function compileConfig<T extends TSchema>(sources: ConfigSources<T>): DeepReadonly<Static<T>> {
  return compileConfigWithOrigins(sources).config;
}

/** The same, and where each value came from, for `--print-config`. */
export function compileConfigWithOrigins<T extends TSchema>(sources: ConfigSources<T>): CompiledConfig<T> {
  const node = schemaNode(sources.schema);
  const lines = sources.layers.flatMap((layer) => layerProblems(node, layer));
  const merged = mergeLayers(node, sources.layers);
  const value = withDefaults(node, merged.value);
  for (const problem of findProblems(node, value)) {
    if (problem.kind === 'missing') lines.push(`${formatConfigPath(problem.path)}: ${problem.message}`);
  }
  if (lines.length > 0) throw configError(lines);
  const remaining = findProblems(node, value);
  // Layers were fine one by one, so what is left can only come from a default that its own schema refuses.
  if (remaining.length > 0)
    throw new Error(`a default does not fit its schema: ${problemLine('default', remaining[0]!)}`);
  const config = value as Static<T>;
  for (const { path, message } of sources.check?.(config) ?? []) {
    lines.push(problemLine(originOf(merged.origins, path) ?? 'default', { path, message }));
  }
  if (lines.length > 0) throw configError(lines);
  return { config: deepFreeze(config), origins: merged.origins };
}

function layerProblems(node: SchemaNode, layer: ConfigLayer): string[] {
  const lines = [...(layer.problems ?? [])];
  if (layer.value === undefined) return lines;
  for (const problem of findProblems(node, layer.value, { partial: true })) {
    lines.push(problemLine(layerSource(layer, problem.path), problem));
  }
  return lines;
}

function problemLine(source: string, problem: Pick<ConfigProblem, 'path' | 'message'>): string {
  const path = formatConfigPath(problem.path);
  return path === '' ? `${source}: ${problem.message}` : `${source}: ${path}: ${problem.message}`;
}

function configError(lines: readonly string[]): RangefinderError {
  const head = lines.length === 1 ? '' : `${lines.length} problems in the configuration:\n`;
  return new RangefinderError('INVALID_ARGUMENT', `${head}${lines.join('\n')}`, { field: 'configuration' });
}

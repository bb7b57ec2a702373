import type { TSchema } from 'typebox';
import { schemaNode, type SchemaNode } from './schema-node.ts';
import { describeExpected } from './schema-wording.ts';
import type { ConfigPath } from './config-path.ts';

/** One value of a configuration as people set it: by key in a file, by environment variable, by flag. */
export interface ConfigOption {
  readonly path: ConfigPath;
  /** Without dashes: `http-port`. */
  readonly flag: string;
  /** Without the prefix: `HTTP_PORT`. */
  readonly variable: string;
  readonly schema: SchemaNode;
  /** `an integer from 0 to 65535`. */
  readonly expected: string;
  readonly description: string;
  readonly secret: boolean;
}

/**
 * All values of a configuration schema, in its order: everything that is not an object with declared properties. The flag
 * is the path in kebab case, or the schema's `flag`; the variable is the path in upper snake case.
 */
export function configOptions(schema: TSchema): readonly ConfigOption[] {
  const options: ConfigOption[] = [];
  collect(schemaNode(schema), [], options);
  const flags = new Set<string>();
  for (const { flag } of options) {
    if (flags.has(flag)) throw new Error(`two configuration values share the flag --${flag}`);
    flags.add(flag);
  }
  return options;
}

function collect(node: SchemaNode, path: ConfigPath, options: ConfigOption[]): void {
  if (node.properties !== undefined) {
    for (const [key, child] of Object.entries(node.properties)) collect(child, [...path, key], options);
    return;
  }
  const words = path.flatMap((part) => wordsOf(String(part)));
  options.push({
    path,
    flag: node.flag ?? words.join('-'),
    variable: words.join('_').toUpperCase(),
    schema: node,
    expected: describeExpected(node),
    description: node.description ?? '',
    secret: node.secret ?? false,
  });
}

function wordsOf(key: string): string[] {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .split(/[_-]+/)
    .map((word) => word.toLowerCase());
}

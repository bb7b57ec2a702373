import type { TSchema } from 'typebox';
import { formatConfigPath, type ConfigPath } from './config-path.ts';
import { childSchema, isPlainObject, schemaNode, type SchemaNode } from './schema-node.ts';

const HIDDEN = '<hidden>';

/**
 * A compiled configuration as YAML that could be read back, each value with where it came from: `--print-config`. Values of
 * fields that the schema marks `secret` are hidden; what the schema does not know is hidden too.
 */
export function renderConfig(schema: TSchema, config: unknown, origins?: ReadonlyMap<string, string>): string {
  const lines: string[] = [];
  renderNode(schemaNode(schema), redactConfig(schema, config), [], { lines, origins });
  return `${lines.join('\n')}\n`;
}

/** A copy in which secrets are replaced by `<hidden>`; for logs and for printing as JSON. */
export function redactConfig(schema: TSchema, config: unknown): unknown {
  return redact(schemaNode(schema), config);
}

function redact(node: SchemaNode | undefined, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (node === undefined || node.secret === true) return HIDDEN;
  if (Array.isArray(value)) return value.map((item) => redact(node.items ?? {}, item));
  if (!isPlainObject(value)) return value;
  const shapes = node.anyOf ?? [node];
  const schemaOf = (key: string): SchemaNode | undefined => {
    for (const shape of shapes) {
      const child = childSchema(shape, key);
      if (child !== undefined) return child;
    }
    return undefined;
  };
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, redact(schemaOf(key), child)]));
}

interface Rendering {
  readonly lines: string[];
  readonly origins: ReadonlyMap<string, string> | undefined;
}

function renderNode(node: SchemaNode | undefined, value: unknown, path: ConfigPath, out: Rendering): void {
  for (const [key, child] of Object.entries(isPlainObject(value) ? value : {})) {
    if (child === undefined) continue;
    const childPath = [...path, key];
    const indent = '  '.repeat(path.length);
    const childNode = node === undefined ? undefined : childSchema(node, key);
    const name = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
    if (childNode?.properties !== undefined && isPlainObject(child) && Object.keys(child).length > 0) {
      out.lines.push(`${indent}${name}:`);
      renderNode(childNode, child, childPath, out);
    } else {
      const unit = childNode?.unit === undefined ? '' : `${childNode.unit}, `;
      const origin = out.origins?.get(formatConfigPath(childPath)) ?? 'default';
      const comment = out.origins === undefined ? '' : `  # ${unit}${origin}`;
      // JSON is YAML's flow style: no second set of quoting rules.
      out.lines.push(`${indent}${name}: ${JSON.stringify(child)}${comment}`);
    }
  }
}

import { childSchema, isPlainObject, type SchemaNode } from './schema-node.ts';
import { findProblems } from './schema-problems.ts';

/**
 * A copy of `value` with every missing key that has a default, however deep; objects that are required are made for the
 * sake of their own defaults. What does not fit the schema is copied as it is.
 */
export function withDefaults(node: SchemaNode, value: unknown): unknown {
  if (value === undefined) {
    if (node.default !== undefined) return withDefaults(node, node.default);
    return node.type === 'object' && node.properties !== undefined ? withDefaults(node, {}) : undefined;
  }
  if (node.anyOf !== undefined) {
    const member = node.anyOf.find((candidate) => findProblems(candidate, withDefaults(candidate, value)).length === 0);
    return member === undefined ? value : withDefaults(member, value);
  }
  if (Array.isArray(value)) {
    const { items } = node;
    return items === undefined ? [...value] : value.map((item) => withDefaults(items, item));
  }
  return isPlainObject(value) ? objectWithDefaults(node, value) : value;
}

function objectWithDefaults(node: SchemaNode, value: Record<string, unknown>): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  const required = new Set(node.required);
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    if (given === undefined && child.default === undefined && !required.has(key)) continue;
    const filled = withDefaults(child, given);
    if (filled !== undefined) entries.push([key, filled]);
  }
  for (const [key, given] of Object.entries(value)) {
    if (given === undefined || (node.properties !== undefined && Object.hasOwn(node.properties, key))) continue;
    const child = childSchema(node, key);
    entries.push([key, child === undefined ? given : withDefaults(child, given)]);
  }
  // fromEntries defines own keys, so that a key named __proto__ stays a key.
  return Object.fromEntries(entries);
}

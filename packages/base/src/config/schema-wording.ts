import type { SchemaNode } from './schema-node.ts';

const SHOWN_CHARACTERS_MAX = 80;
const SHOWN_KEYS_MAX = 4;

/** What a schema asks for, in words that complete "expected …": `an integer from 1 to 65535`, `one of "lru", "lfu"`; its `title` where it has one. */
export function describeExpected(node: SchemaNode): string {
  if (node.title !== undefined) return node.title;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return listed(node.enum);
  if (node.anyOf !== undefined) return describeUnion(node.anyOf);
  const unit = node.unit === undefined ? '' : ` (${node.unit})`;
  switch (node.type) {
    case 'integer':
      return `an integer${range(node)}${unit}`;
    case 'number':
      return `a number${range(node)}${unit}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return describeString(node);
    case 'array':
      return describeArray(node);
    case 'object':
      return node.maxProperties === undefined ? 'an object' : `an object with at most ${node.maxProperties} keys`;
    default:
      return 'a value';
  }
}

/** What was found, short enough for one line: `"abc"`, `70000`, `an array`, `nothing`. */
export function describeFound(value: unknown, secret = false): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (typeof value === 'object' && value !== null) return secret ? 'an object' : describeObject(value);
  if (secret) return 'a value that is not shown';
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'number' || typeof value === 'boolean' || value === null
    ? String(value)
    : `a ${typeof value}`;
}

function describeObject(value: object): string {
  const keys = Object.keys(value);
  if (keys.length === 0) return 'an empty object';
  const shown = keys.slice(0, SHOWN_KEYS_MAX).map((key) => key.slice(0, SHOWN_CHARACTERS_MAX));
  return `an object with ${shown.join(', ')}${keys.length > shown.length ? ', …' : ''}`;
}

/** A string in quotes, cut where it gets long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}…`);
}

function describeUnion(members: readonly SchemaNode[]): string {
  if (members.every((member) => member.const !== undefined)) return listed(members.map((member) => member.const!));
  return [...new Set(members.map(describeExpected))].join(' or ');
}

function listed(values: readonly (string | number | boolean)[]): string {
  return values.length === 1
    ? JSON.stringify(values[0])
    : `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
}

function describeString(node: SchemaNode): string {
  const length =
    node.minLength !== undefined && node.maxLength !== undefined
      ? ` of ${node.minLength} to ${node.maxLength} characters`
      : node.maxLength !== undefined
        ? ` of at most ${node.maxLength} characters`
        : (node.minLength ?? 0) > 1
          ? ` of at least ${node.minLength} characters`
          : '';
  const filled = node.minLength === 1 && node.maxLength === undefined ? 'a non-empty string' : `a string${length}`;
  return node.pattern === undefined ? filled : `${filled} that matches ${node.pattern}`;
}

function describeArray(node: SchemaNode): string {
  const least = node.minItems ?? 0;
  const most = node.maxItems;
  const count =
    least > 0 && most !== undefined
      ? ` of ${least} to ${most}`
      : most !== undefined
        ? ` of at most ${most}`
        : least > 0
          ? ` of at least ${least}`
          : '';
  return `an array${count}${count === '' ? '' : ' elements'}${node.uniqueItems === true ? ' without duplicates' : ''}`;
}

function range(node: SchemaNode): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const bounds: string[] = [];
  if (minimum !== undefined) bounds.push(`≥ ${minimum}`);
  if (exclusiveMinimum !== undefined) bounds.push(`> ${exclusiveMinimum}`);
  if (maximum !== undefined) bounds.push(`≤ ${maximum}`);
  if (exclusiveMaximum !== undefined) bounds.push(`< ${exclusiveMaximum}`);
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

import type { SchemaNode } from './schema-node.ts';
import { findProblems } from './schema-problems.ts';

const TRUE_WORDS: ReadonlySet<string> = new Set(['true', '1', 'yes', 'on']);
const FALSE_WORDS: ReadonlySet<string> = new Set(['false', '0', 'no', 'off']);
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads what an environment variable or a flag says as the type that the schema wants. Lists are written `a,b` or as JSON,
 * maps `key=value,key=value` or as JSON. Text that does not fit is returned as it is, for the validation to complain about.
 */
export function valueOfText(node: SchemaNode, text: string): unknown {
  if (node.anyOf !== undefined) {
    for (const member of node.anyOf) {
      const value = valueOfText(member, text);
      if (findProblems(member, value).length === 0) return value;
    }
    return text;
  }
  const literal = node.const ?? node.enum?.find((candidate) => String(candidate) === text);
  if (literal !== undefined) return String(literal) === text ? literal : text;
  switch (node.type) {
    case 'integer':
    case 'number':
      return DECIMAL.test(text.trim()) ? Number(text) : text;
    case 'boolean':
      return booleanOfText(text);
    case 'array':
      return listOfText(node, text);
    case 'object':
      return mapOfText(node, text);
    default:
      return text;
  }
}

function booleanOfText(text: string): boolean | string {
  const word = text.trim().toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  return FALSE_WORDS.has(word) ? false : text;
}

function listOfText(node: SchemaNode, text: string): unknown {
  if (text.trimStart().startsWith('[')) return jsonOfText(text);
  if (text.trim() === '') return [];
  const { items } = node;
  const parts = text.split(',').map((part) => part.trim());
  return items === undefined ? parts : parts.map((part) => valueOfText(items, part));
}

function mapOfText(node: SchemaNode, text: string): unknown {
  if (text.trimStart().startsWith('{')) return jsonOfText(text);
  if (text.trim() === '') return {};
  const valueSchema = Object.values(node.patternProperties ?? {})[0];
  const entries: [string, unknown][] = [];
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    if (equals < 0) return text;
    const value = part.slice(equals + 1).trim();
    entries.push([part.slice(0, equals).trim(), valueSchema === undefined ? value : valueOfText(valueSchema, value)]);
  }
  return Object.fromEntries(entries);
}

function jsonOfText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

import type { TSchema } from 'typebox';

/**
 * The part of JSON Schema that configurations are written in, as TypeBox builds it, and three annotations of our own:
 * `unit` for people, `secret` for values that are never shown, `flag` for a command-line name that differs from the path.
 * A schema that uses any other keyword is a defect and fails loudly: a constraint that nobody checks is worse than none.
 */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  /** Key pattern → schema of the value; TypeBox's `Record`. */
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly maxProperties?: number;
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly enum?: readonly (string | number)[];
  readonly const?: string | number | boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  /** Words for messages in place of those made from the keywords: `latest, all or a list of versions`. */
  readonly title?: string;
  readonly description?: string;
  /** `ms`, `bytes`, `rows`: shown in messages and generated documentation. */
  readonly unit?: string;
  /** Neither messages nor `--print-config` show the value. */
  readonly secret?: boolean;
  /** The command-line flag, without dashes, where it is not derived from the path. */
  readonly flag?: string;
}

const KNOWN_KEYWORDS: ReadonlySet<string> = new Set([
  'type', 'properties', 'required', 'additionalProperties', 'patternProperties', 'maxProperties', 'items', 'minItems',
  'maxItems', 'uniqueItems', 'enum', 'const', 'anyOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum',
  'minLength', 'maxLength', 'pattern', 'default', 'title', 'description', 'unit', 'secret', 'flag',
]); // prettier-ignore

/** Reads a TypeBox schema as a SchemaNode. Throws a plain Error, a defect of the program, for a keyword that is not understood. */
export function schemaNode(schema: TSchema): SchemaNode {
  assertUnderstood(schema, '#');
  return schema;
}

function assertUnderstood(node: SchemaNode, where: string): void {
  for (const keyword of Object.keys(node)) {
    if (!KNOWN_KEYWORDS.has(keyword)) throw new Error(`${where}: the schema keyword ${keyword} is not understood`);
  }
  for (const [name, child] of Object.entries(node.properties ?? {})) assertUnderstood(child, `${where}/${name}`);
  for (const [name, child] of Object.entries(node.patternProperties ?? {})) assertUnderstood(child, `${where}/${name}`);
  if (typeof node.additionalProperties === 'object') assertUnderstood(node.additionalProperties, `${where}/*`);
  if (node.items !== undefined) assertUnderstood(node.items, `${where}/items`);
  node.anyOf?.forEach((child, i) => assertUnderstood(child, `${where}/anyOf/${i}`));
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schema of `key` inside an object node; undefined when the node has no such key. */
export function childSchema(node: SchemaNode, key: string): SchemaNode | undefined {
  if (node.properties !== undefined && Object.hasOwn(node.properties, key)) return node.properties[key];
  for (const [pattern, child] of Object.entries(node.patternProperties ?? {})) {
    // TypeBox writes "any key" as ^.*$, which is meant to include keys with line breaks.
    if (new RegExp(pattern, 'su').test(key)) return child;
  }
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

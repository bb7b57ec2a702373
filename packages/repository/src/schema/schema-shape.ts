import { childSchema, type SchemaNode } from '@rangefinder/base';

/** The fields of a message: a union of messages (protobuf's oneof) has those of all its members. */
export function messageFields(node: SchemaNode | undefined): Readonly<Record<string, SchemaNode>> | undefined {
  if (node?.anyOf === undefined) return node?.properties;
  return Object.assign({}, ...node.anyOf.map((member) => member.properties ?? {})) as Record<string, SchemaNode>;
}

export function fieldOf(node: SchemaNode | undefined, name: string): SchemaNode | undefined {
  const fields = messageFields(node);
  return fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** The schema of a map's values; undefined for what is no map. */
export function mapValue(node: SchemaNode | undefined): SchemaNode | undefined {
  return node?.patternProperties === undefined ? undefined : Object.values(node.patternProperties)[0];
}

/** The schema of whatever is at `key`, in a message or a map. */
export function schemaAt(node: SchemaNode | undefined, key: string): SchemaNode | undefined {
  return fieldOf(node, key) ?? mapValue(node) ?? (node === undefined ? undefined : childSchema(node, key));
}

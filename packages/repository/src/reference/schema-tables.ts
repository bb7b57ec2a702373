import { schemaNode, type SchemaNode } from '@rangefinder/base';
import { CONFIG_DATA_TYPES } from '../config-data-type.ts';
import { writtenConfigSchema } from '../schema/model-config-schema.ts';
import { mapValue, messageFields } from '../schema/schema-shape.ts';

/** A Markdown section for each message of the configuration, the top one first, every field with type, default and meaning. */
export function schemaSections(): string {
  const sections: string[] = [];
  addSection('', schemaNode(writtenConfigSchema), sections);
  return sections.join('\n\n');
}

function addSection(path: string, node: SchemaNode, sections: string[]): void {
  const fields = Object.entries(messageFields(node) ?? {});
  const rows = fields.map(
    ([name, field]) => `| \`${name}\` | ${typeOf(field)} | ${defaultOf(field)} | ${field.description ?? ''} |`,
  );
  const heading = path === '' ? '## Fields' : `### \`${path}\``;
  const intro = path === '' || node.description === undefined ? '' : `${node.description}\n\n`;
  if (rows.length > 0)
    sections.push(`${heading}\n\n${intro}| field | type | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}`);
  for (const [name, field] of fields) {
    const inner = innerMessage(field);
    const suffix = field.type === 'array' ? '[]' : mapValue(field) === undefined ? '' : '{}';
    if (inner !== undefined) addSection(path === '' ? name + suffix : `${path}.${name}${suffix}`, inner, sections);
  }
}

/** The message that a field holds, alone, in a list or in a map. */
function innerMessage(field: SchemaNode): SchemaNode | undefined {
  const node = field.items ?? mapValue(field) ?? field;
  const hasFields = Object.keys(messageFields(node) ?? {}).length > 0;
  return hasFields ? node : undefined;
}

function typeOf(field: SchemaNode): string {
  const unit = field.unit === undefined ? '' : `, ${field.unit}`;
  if (field.type === 'array') return `list of ${typeOf(field.items ?? {})}`;
  const value = mapValue(field);
  if (value !== undefined) return `map to ${typeOf(value)}`;
  if (field.enum !== undefined)
    return field.enum.length === CONFIG_DATA_TYPES.length
      ? 'data type'
      : field.enum.map((word) => `\`${word}\``).join(', ');
  if (field.anyOf !== undefined || field.type === 'object')
    return field.anyOf?.[0]?.const === false ? 'message or `false`' : 'message';
  return `${field.type ?? 'any'}${range(field)}${unit}`;
}

function range({ minimum, maximum }: SchemaNode): string {
  if (minimum !== undefined && maximum !== undefined) return ` ${minimum}…${maximum}`;
  return minimum === undefined ? '' : ` ≥ ${minimum}`;
}

function defaultOf(field: SchemaNode): string {
  const value = field.default;
  if (typeof value === 'string') return value === '' ? '`""`' : `\`${value}\``;
  return typeof value === 'number' || typeof value === 'boolean' ? `\`${value}\`` : '';
}

import { isPlainObject, schemaNode, type SchemaNode } from '@rangefinder/base';
import { fieldOf, mapValue } from '../schema/schema-shape.ts';
import { modelConfigSchema } from '../schema/model-config-schema.ts';

const ENUM_WORD = /^[A-Z][A-Z0-9_]*$/;

/** Writes a configuration, complete or not, as `config.pbtxt`; reading it back gives the same. */
export function printConfigPbtxt(config: Readonly<Record<string, unknown>>): string {
  const lines: string[] = [];
  printFields(config, schemaNode(modelConfigSchema), '', lines);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function printFields(
  message: Readonly<Record<string, unknown>>,
  schema: SchemaNode | undefined,
  indent: string,
  lines: string[],
): void {
  for (const [name, value] of Object.entries(message)) {
    if (value !== undefined) printField(name, value, fieldOf(schema, name), indent, lines);
  }
}

function printField(
  name: string,
  value: unknown,
  schema: SchemaNode | undefined,
  indent: string,
  lines: string[],
): void {
  if (Array.isArray(value)) {
    if (value.every((item) => !isPlainObject(item))) {
      lines.push(`${indent}${name}: [${value.map((item) => printScalar(item, schema?.items)).join(', ')}]`);
    } else {
      for (const item of value) printField(name, item, schema?.items, indent, lines);
    }
    return;
  }
  if (!isPlainObject(value)) {
    lines.push(`${indent}${name}: ${printScalar(value, schema)}`);
    return;
  }
  const valueSchema = mapValue(schema);
  if (valueSchema === undefined) {
    lines.push(`${indent}${name} {`);
    printFields(value, schema, `${indent}  `, lines);
    lines.push(`${indent}}`);
    return;
  }
  for (const [key, entry] of Object.entries(value)) {
    lines.push(
      `${indent}${name} {`,
      `${indent}  key: ${/^\d+$/.test(key) && name === 'priority_queue_policy' ? key : quote(key)}`,
    );
    printField('value', entry, valueSchema, `${indent}  `, lines);
    lines.push(`${indent}}`);
  }
}

function printScalar(value: unknown, schema: SchemaNode | undefined): string {
  if (typeof value !== 'string') return String(value);
  return schema?.enum !== undefined && ENUM_WORD.test(value) ? value : quote(value);
}

/** ASCII control characters as octal escapes, everything else as it is. */
function quote(text: string): string {
  const escaped = text.replaceAll(/["\\]/g, '\\$&').replaceAll(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x80 ? `\\${code.toString(8).padStart(3, '0')}` : character;
  });
  return `"${escaped}"`;
}

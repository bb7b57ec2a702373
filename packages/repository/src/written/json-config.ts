import { RangefinderError, schemaNode, type SchemaNode } from '@rangefinder/base';
import { writtenConfigSchema } from '../schema/model-config-schema.ts';
import { fieldOf, schemaAt } from '../schema/schema-shape.ts';
import { readLocatedConfig, type ReadConfig } from './config-reader.ts';
import { NOWHERE, type Located } from './located.ts';
import { SyntaxProblem } from './written-problem.ts';
import { unreadable } from './pbtxt-config.ts';

const DEPTH_MAX = 64;
const DECIMAL_INTEGER = /^-?\d{1,16}$/;

/**
 * Reads a configuration in JSON, as Triton's load request carries it and `GET …/config` returns it: protobuf's JSON mapping,
 * where 64-bit integers may be strings and names may be in camel case.
 */
export function readJsonConfig(file: string, text: string): ReadConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return unreadable(file, new SyntaxProblem(0, 0, `expected JSON: ${(error as Error).message}`));
  }
  try {
    return readLocatedConfig(file, locate(parsed, schemaNode(writtenConfigSchema), 0));
  } catch (error) {
    if (error instanceof SyntaxProblem) return unreadable(file, error);
    throw error;
  }
}

/** Builds the tree from a JavaScript value; what JSON could not have said is a defect of the caller. */
function locate(value: unknown, schema: SchemaNode | undefined, depth: number): Located {
  if (depth > DEPTH_MAX) throw new SyntaxProblem(0, 0, `expected at most ${DEPTH_MAX} levels of nesting`);
  if (Array.isArray(value))
    return { content: value.map((item) => locate(item, schema?.items, depth + 1)), place: NOWHERE };
  if (typeof value === 'object' && value !== null) {
    const content = new Map<string, Located>();
    for (const [key, child] of Object.entries(value)) {
      const name = fieldOf(schema, key) === undefined ? snakeCase(key) : key;
      const known = fieldOf(schema, name) !== undefined ? name : key;
      content.set(known, locate(child, schemaAt(schema, known), depth + 1));
    }
    return { content, place: NOWHERE };
  }
  if (
    typeof value === 'string' &&
    (schema?.type === 'integer' || schema?.type === 'number') &&
    DECIMAL_INTEGER.test(value)
  ) {
    return { content: Number(value), place: NOWHERE };
  }
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { content: value, place: NOWHERE };
  }
  throw new RangefinderError('INTERNAL', `a value of type ${typeof value} in parsed JSON`);
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

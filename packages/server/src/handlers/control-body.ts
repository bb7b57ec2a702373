import { findProblems, formatConfigPath, invalidArgument, schemaNode } from '@rangefinder/base';
import type { Static, TSchema } from 'typebox';

/** Bodies of control calls are small, so they are parsed in one go; nesting is bounded first, because the parser is recursive. */
export const CONTROL_BODY_BYTES = 1024 * 1024;

/**
 * The JSON body of a control call, checked against its schema. An empty body is an empty object, as Triton's clients send it.
 * Throws INVALID_ARGUMENT that names the field: `parameters.unload_dependents: expected true or false, got 3`.
 */
export function controlBody<T extends TSchema>(schema: T, bytes: Uint8Array, jsonDepth: number): Static<T> {
  return checkedBody(schema, controlJson(bytes, jsonDepth));
}

/** The body without a schema, for callers that take something out before they check the rest. */
export function controlJson(bytes: Uint8Array, jsonDepth: number): unknown {
  const text = decodeUtf8(bytes).trim();
  return text === '' ? {} : parseJson(text, jsonDepth);
}

export function checkedBody<T extends TSchema>(schema: T, value: unknown): Static<T> {
  const [problem] = findProblems(schemaNode(schema), value);
  if (problem !== undefined) {
    const path = formatConfigPath(problem.path);
    throw invalidArgument(path === '' ? 'request body' : path, problem.message);
  }
  return value as Static<T>;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidArgument('request body', `expected UTF-8: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function parseJson(text: string, jsonDepth: number): unknown {
  checkDepth(text, jsonDepth);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidArgument('request body', `expected JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Counts brackets outside of strings. */
function checkDepth(text: string, jsonDepth: number): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (inString) {
      if (character === 0x5c) i++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x5b || character === 0x7b) {
      if (++depth > jsonDepth) throw invalidArgument('request body', `expected JSON nested at most ${jsonDepth} deep`);
    } else if (character === 0x5d || character === 0x7d) depth--;
  }
}

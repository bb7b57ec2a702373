import { ERROR_CATALOGUE, type ErrorCode } from '@rangefinder/base';
import type { TSchema } from 'typebox';
import type { ApiContent, ApiOperation, ApiParameter } from '../http/api-operation.ts';
import { API_OPERATIONS } from '../http/api-operations.ts';
import { API_SCHEMAS, ErrorBody } from '../http/api-schemas.ts';

/** Plain JSON; the shapes that the page and the tests read. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, TSchema>> };
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

const GROUP_DESCRIPTIONS: Readonly<Record<string, string>> = {
  health: 'Is it alive, is it ready',
  metadata: 'What there is',
  inference: 'Running models',
  'model-config': 'How models are set up',
  'model-repository': 'Loading and unloading',
  statistics: 'What happened',
  trace: 'Which requests are traced',
  logging: 'What is logged',
  'shared-memory': 'Not offered',
  dashboard: 'Rangefinder’s own: the dashboard and what it reads',
};

/** Written from the same table that the router is made of, so that neither can say what the other does not. */
export function openApiDocument(version: string): OpenApiDocument {
  const names = new Map(Object.entries(API_SCHEMAS).map(([name, schema]) => [schema, name]));
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const [operationId, operation] of Object.entries<ApiOperation>(API_OPERATIONS)) {
    const path = operation.path.replace('...}', '}');
    (paths[path] ??= {})[operation.method.toLowerCase()] = operationObject(operationId, operation, names);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rangefinder',
      version,
      description:
        'Open Inference Protocol with Triton’s extensions, and the dashboard’s own interface. Metrics are on a port of their own.',
    },
    tags: Object.entries(GROUP_DESCRIPTIONS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: API_SCHEMAS },
  };
}

function operationObject(
  operationId: string,
  operation: ApiOperation,
  names: ReadonlyMap<TSchema, string>,
): OpenApiOperation {
  return {
    operationId,
    tags: [operation.group],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    parameters: [
      ...pathParameters(operation.path),
      ...(operation.query ?? []).map((one) => parameterObject(one, 'query')),
      ...(operation.headers ?? []).map((one) => parameterObject(one, 'header')),
    ],
    ...(operation.requestBody === undefined ? {} : { requestBody: contentObject(operation.requestBody, names) }),
    responses: {
      ...(Object.keys(operation.response.content).length === 0
        ? {}
        : { 200: contentObject(operation.response, names) }),
      ...errorResponses(operation.errors, names),
    },
  };
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/\{(\w+)(?:\.\.\.)?\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function parameterObject({ name, schema, description }: ApiParameter, where: 'query' | 'header'): object {
  return { name, in: where, required: false, schema, description };
}

function contentObject({ description, content }: ApiContent, names: ReadonlyMap<TSchema, string>): object {
  const entries = Object.entries(content).map(([type, schema]) => [
    type,
    schema === undefined ? {} : { schema: reference(schema, names) },
  ]);
  return { description, content: Object.fromEntries(entries) as object };
}

function errorResponses(codes: readonly ErrorCode[], names: ReadonlyMap<TSchema, string>): Record<string, object> {
  const meanings = new Map<number, string[]>();
  for (const code of codes) {
    const { httpStatus, meaning } = ERROR_CATALOGUE[code];
    meanings.set(httpStatus, [...(meanings.get(httpStatus) ?? []), `${code}: ${meaning}`]);
  }
  const content = { 'application/json': { schema: reference(ErrorBody, names) } };
  return Object.fromEntries(
    [...meanings].map(([status, lines]) => [String(status), { description: lines.join(' '), content }]),
  );
}

function reference(schema: TSchema, names: ReadonlyMap<TSchema, string>): object {
  const name = names.get(schema);
  return name === undefined ? schema : { $ref: `#/components/schemas/${name}` };
}

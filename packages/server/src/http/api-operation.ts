import type { ErrorCode } from '@rangefinder/base';
import type { TSchema } from 'typebox';

/** Groups that can be restricted as a whole; Triton's names, and `ranking`, `features` and `dashboard` for our own. */
export const API_GROUPS = [
  'health',
  'metadata',
  'inference',
  'ranking',
  'features',
  'shared-memory',
  'model-config',
  'model-repository',
  'statistics',
  'trace',
  'logging',
  'dashboard',
] as const;

export type ApiGroup = (typeof API_GROUPS)[number];

export function isApiGroup(name: string): name is ApiGroup {
  return (API_GROUPS as readonly string[]).includes(name);
}

/** An endpoint as the OpenAPI document tells it. The router's table is made of the same objects. */
export interface ApiOperation {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly group: ApiGroup;
  readonly summary: string;
  readonly description?: string;
  readonly query?: readonly ApiParameter[];
  readonly headers?: readonly ApiParameter[];
  readonly requestBody?: ApiContent;
  readonly response: ApiContent;
  readonly errors: readonly ErrorCode[];
}

export interface ApiParameter {
  readonly name: string;
  readonly schema: TSchema;
  readonly description: string;
}

export interface ApiContent {
  readonly description: string;
  /** Content type → schema; undefined where there is nothing to say beyond the type. */
  readonly content: Readonly<Record<string, TSchema | undefined>>;
}

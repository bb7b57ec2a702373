import type { ErrorCode } from '@rangefinder/base';
import type { TSchema } from 'typebox';
import type { ApiGroup } from '../transport/api-group.ts';

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

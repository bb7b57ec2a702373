import type { IncomingHttpHeaders } from 'node:http';
import { createHash, timingSafeEqual } from 'node:crypto';
import { invalidArgument, RangefinderError } from '@rangefinder/base';
import { API_GROUPS, isApiGroup, type ApiGroup } from './api-group.ts';

interface Restriction {
  readonly header: string;
  readonly digest: Buffer;
}

/**
 * Endpoint groups that need a shared secret in a header (gRPC: in the metadata), written `group+group:header=value`, much like
 * Triton's `--http-restricted-api`. The rules hold for both front ends, so that neither is a way around the other. No rule:
 * everything is open.
 */
export class RestrictedAccess {
  readonly #byGroup = new Map<ApiGroup, Restriction>();

  /** Throws INVALID_ARGUMENT for a rule that cannot be read; the message never shows the value. */
  constructor(rules: readonly string[]) {
    for (const rule of rules) {
      const match = /^([a-z+-]+):([A-Za-z0-9-]+)=(.+)$/.exec(rule);
      if (match === null) {
        throw invalidArgument('http-restricted-api', 'expected group+group:header-name=value');
      }
      const [, groups = '', header = '', value = ''] = match;
      for (const group of groups.split('+')) {
        if (!isApiGroup(group)) {
          throw invalidArgument('http-restricted-api', `expected one of ${API_GROUPS.join(', ')}, got "${group}"`);
        }
        this.#byGroup.set(group, { header: header.toLowerCase(), digest: digestOf(value) });
      }
    }
  }

  /** Throws FORBIDDEN when the group needs a secret that the request does not carry. Takes the same time whatever is wrong with it. */
  check(headers: IncomingHttpHeaders, group: ApiGroup): void {
    if (this.#byGroup.size === 0) return;
    const restriction = this.#byGroup.get(group);
    if (restriction === undefined) return;
    const given = headers[restriction.header];
    const value = Array.isArray(given) ? (given[0] ?? '') : (given ?? '');
    if (!timingSafeEqual(digestOf(value), restriction.digest)) {
      throw new RangefinderError(
        'FORBIDDEN',
        `${restriction.header}: this endpoint is restricted (${group}); the header is missing or wrong`,
        {
          field: restriction.header,
        },
      );
    }
  }
}

function digestOf(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

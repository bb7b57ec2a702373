import { AwsV4Signer } from 'aws4fetch';
import { RangefinderError } from '@rangefinder/base';
import type { DynamoDbTarget } from './dynamodb-options.ts';

/** What a service says when the same request may succeed a moment later. */
const PASSING_ERRORS: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'InternalServerError',
  'ServiceUnavailable',
]);

/** A request that failed and may be sent again. */
export class PassingFailure extends Error {}

/** DynamoDB's JSON 1.0 protocol: one signed POST a call. */
export class DynamoDbClient {
  readonly #target: DynamoDbTarget;

  constructor(target: DynamoDbTarget) {
    this.#target = target;
  }

  /** Throws PassingFailure where another try makes sense, the error of the network, or what the service had to say. */
  async call(operation: string, body: object, signal: AbortSignal): Promise<Record<string, unknown>> {
    const { endpoint, region, credentials } = this.#target;
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    const signer = new AwsV4Signer({
      method: 'POST',
      url: endpoint,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
      },
      body: JSON.stringify(body),
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: 'dynamodb',
      region,
      allHeaders: true,
    });
    const signed = await signer.sign();
    const response = await fetch(signed.url, {
      method: signed.method,
      headers: signed.headers,
      body: signed.body ?? null,
      signal,
    });
    const answer = objectOf(await response.text());
    if (response.ok) {
      if (answer === undefined) throw new Error(`${operation} was answered with something else than JSON`);
      return answer;
    }
    throw failureOf(operation, response.status, answer ?? {});
  }
}

function failureOf(operation: string, status: number, answer: Record<string, unknown>): Error {
  const { __type: named } = answer;
  const type = typeof named === 'string' ? named.replace(/^.*#/, '') : '';
  const said = answer['message'] ?? answer['Message'];
  const text = `${operation}: ${type || `status ${status}`}${typeof said === 'string' ? `: ${said}` : ''}`;
  if (status >= 500 || PASSING_ERRORS.has(type)) return new PassingFailure(text);
  if (type === 'ValidationException' && /size has exceeded|larger than/i.test(text)) {
    return new RangefinderError('PAYLOAD_TOO_LARGE', `dynamodb: a row is larger than an item may be (${text})`);
  }
  return new Error(text);
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

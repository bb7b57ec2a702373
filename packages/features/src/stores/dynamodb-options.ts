import { invalidArgument } from '@rangefinder/base';
import { environmentCredentials, renewedCredentials, type CredentialSource } from './dynamodb-credentials.ts';
import { checkedPrefix } from './row-key-text.ts';

export interface DynamoDbRowStoreOptions {
  /** `dynamodb://region/table`; `?endpoint=http://localhost:8000` for an emulator or a VPC endpoint. */
  readonly url: string;
  /** Before every key; the default is none, as a table has no other tenants. */
  readonly prefix?: string;
  /** Where credentials come from; the default is the environment, or the endpoint of the container. */
  readonly credentials?: CredentialSource;
}

export interface DynamoDbTarget {
  readonly region: string;
  readonly table: string;
  readonly endpoint: string;
  readonly prefix: string;
  readonly credentials: CredentialSource;
}

/** Throws INVALID_ARGUMENT for a URL that names no region and table. */
export function dynamoDbTarget(options: DynamoDbRowStoreOptions): DynamoDbTarget {
  const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
  const table = url?.pathname.slice(1) ?? '';
  if (url?.protocol !== 'dynamodb:' || !/^[a-z\d-]+$/.test(url.hostname) || !/^[\w.-]{3,255}$/.test(table)) {
    throw invalidArgument('feature store', 'expected dynamodb://region/table');
  }
  for (const name of url.searchParams.keys()) {
    if (name !== 'endpoint') {
      throw invalidArgument('feature store', `${JSON.stringify(name)} is not a known parameter (endpoint)`);
    }
  }
  const endpoint = url.searchParams.get('endpoint') ?? `https://dynamodb.${url.hostname}.amazonaws.com/`;
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    throw invalidArgument('feature store', 'expected an http or https URL as endpoint');
  }
  return {
    region: url.hostname,
    table,
    endpoint,
    prefix: checkedPrefix(options.prefix ?? ''),
    credentials: renewedCredentials(options.credentials ?? environmentCredentials(process.env)),
  };
}

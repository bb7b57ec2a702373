import { readFile } from 'node:fs/promises';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end, ms since the epoch; undefined for never. */
  readonly expiresMs?: number;
}

export type CredentialSource = () => Promise<AwsCredentials>;

/** Asked for again this long before they end. */
const RENEW_BEFORE_MS = 5 * 60_000;
const ASK_MS = 2_000;

/** Keeps what `source` gave until shortly before it ends; callers that ask meanwhile wait for the same answer. */
export function renewedCredentials(source: CredentialSource): CredentialSource {
  let current: Promise<AwsCredentials> | undefined;
  let renewAtMs = 0;
  return () => {
    if (current !== undefined && Date.now() < renewAtMs) return current;
    renewAtMs = Infinity;
    current = source().then(
      (credentials) => {
        renewAtMs = (credentials.expiresMs ?? Infinity) - RENEW_BEFORE_MS;
        return credentials;
      },
      (error: unknown) => {
        renewAtMs = 0;
        throw error;
      },
    );
    return current;
  };
}

/**
 * Where a program on AWS finds its credentials: the environment's keys, or the endpoint that ECS tasks and EKS pods are given
 * (AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI).
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export function environmentCredentials(environment: NodeJS.ProcessEnv): CredentialSource {
  return async () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
      const sessionToken = environment['AWS_SESSION_TOKEN'];
      return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    }
    const relative = environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
    const url =
      environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ??
      (relative === undefined ? undefined : `http://169.254.170.2${relative}`);
    if (url === undefined) {
      throw new Error('no credentials: expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a container endpoint');
    }
    return fromEndpoint(url, await authorization(environment));
  };
}

async function authorization(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  if (file !== undefined) return (await readFile(file, 'utf8')).trim();
  return environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
}

async function fromEndpoint(url: string, token: string | undefined): Promise<AwsCredentials> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(ASK_MS),
    ...(token === undefined ? {} : { headers: { authorization: token } }),
  });
  if (!response.ok) throw new Error(`the credentials endpoint answered ${response.status}`);
  const body = (await response.json()) as Record<string, unknown>;
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token, Expiration } = body;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') {
    throw new Error('the credentials endpoint answered without keys');
  }
  const expiresMs = typeof Expiration === 'string' ? Date.parse(Expiration) : Number.NaN;
  return {
    accessKeyId,
    secretAccessKey,
    ...(typeof Token === 'string' ? { sessionToken: Token } : {}),
    ...(Number.isNaN(expiresMs) ? {} : { expiresMs }),
  };
}

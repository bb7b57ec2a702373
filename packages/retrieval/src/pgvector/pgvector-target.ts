import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { invalidArgument } from '@rangefinder/base';

/** Where Postgres is, and as whom to sign in. */
export interface PgvectorTarget {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** false for none. */
  readonly tls: false | ConnectionOptions;
}

const PORT_DEFAULT = 5432;
const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'host'];
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
const EXPECTED = 'expected postgres://user:password@host:5432/database?sslmode=verify-full';

/**
 * Reads `postgres://user:password@host:5432/database`, with libpq's parameters sslmode, sslrootcert, sslcert, sslkey, and host
 * for the folder of a Unix socket. Throws INVALID_ARGUMENT; never with the URL in its message, which may carry a password.
 */
export function pgvectorTarget(url: string, tls?: ConnectionOptions): PgvectorTarget {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) throw invalidArgument('url', EXPECTED);
  const parameters = parsed.searchParams;
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name)) {
      throw invalidArgument('url', `${JSON.stringify(name)} is not a known parameter (${PARAMETERS.join(', ')})`);
    }
  }
  const host = parameters.get('host') ?? parsed.hostname.replace(/^\[|\]$/g, '');
  if (host === '') throw invalidArgument('url', EXPECTED);
  const database = parsed.pathname.slice(1);
  return {
    host,
    port: parsed.port === '' ? PORT_DEFAULT : Number(parsed.port),
    user: textOf(parsed.username),
    password: textOf(parsed.password),
    database: textOf(database),
    tls: tlsOf(parameters, tls),
  };
}

function textOf(encoded: string): string | undefined {
  if (encoded === '') return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw invalidArgument('url', 'has a % that two hexadecimal digits do not follow');
  }
}

/** As libpq has it: `require` encrypts and checks nothing, `verify-ca` checks who signed, `verify-full` the name too. */
function tlsOf(parameters: URLSearchParams, tls: ConnectionOptions | undefined): false | ConnectionOptions {
  const mode = parameters.get('sslmode') ?? (tls === undefined ? 'disable' : 'verify-full');
  if (!SSL_MODES.includes(mode)) throw invalidArgument('url', `sslmode: expected one of ${SSL_MODES.join(', ')}`);
  if (mode === 'disable') return false;
  const files = { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' };
  const read = Object.entries(files).flatMap(([option, parameter]) => {
    const path = parameters.get(parameter);
    return path === null ? [] : [[option, fileOf(path, parameter)]];
  });
  return {
    ...Object.fromEntries(read),
    ...(mode === 'require' && !parameters.has('sslrootcert') ? { rejectUnauthorized: false } : {}),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    ...tls,
  };
}

function fileOf(path: string, parameter: string): Buffer {
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw invalidArgument('url', `${parameter}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

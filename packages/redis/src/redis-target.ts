import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { invalidArgument } from '@rangefinder/base';

export interface RedisConnectionOptions {
  /**
   * `redis://user:password@host:6379/0`, `rediss://` for TLS, `redis+cluster://host:7000,host:7001` (`rediss+cluster://`) for a
   * cluster; `valkey` may stand for `redis`.
   */
  readonly url: string;
  /** Certificate authority, client certificate and so on, over what the URL's scheme asks for. */
  readonly tls?: ConnectionOptions;
  /** A connection that was asked and says nothing for so long is given up and made anew; the default is 5,000. */
  readonly silenceMs?: number;
  /** Limit for a connection to come about; the default is 2,000. */
  readonly connectMs?: number;
}

export interface RedisTarget {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly cluster: boolean;
  readonly tls: ConnectionOptions | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly silenceMs: number;
  readonly connectMs: number;
}

const SCHEME = /^(?:redis|valkey)(s?)(\+cluster)?:\/\//;
const PORT_DEFAULT = 6379;

/** Throws INVALID_ARGUMENT for `field`; never with the URL in its message, which may carry a password. */
export function redisTarget(options: RedisConnectionOptions, field: string): RedisTarget {
  const scheme = SCHEME.exec(options.url);
  if (scheme === null) {
    throw invalidArgument(field, 'expected redis://, rediss://, redis+cluster:// or rediss+cluster:// (or valkey)');
  }
  const [, secure, cluster] = scheme;
  const rest = options.url.slice(scheme[0].length);
  // Only the first host goes through URL, whose grammar has no list of hosts.
  const authorityEnd = rest.search(/[/?]/) < 0 ? rest.length : rest.search(/[/?]/);
  const [first = '', ...others] = rest.slice(0, authorityEnd).split(',');
  if (others.length > 0 && cluster === undefined) throw invalidArgument(field, 'expected one host');
  const url = parsed(`redis://${first}${rest.slice(authorityEnd)}`, field);
  const database = databaseOf(url, cluster !== undefined, field);
  const ca = url.searchParams.get('ca');
  const tls =
    secure === 's' || options.tls !== undefined
      ? { ...(ca === null ? {} : { ca: readFileSync(ca) }), ...options.tls }
      : undefined;
  return {
    nodes: [url, ...others.map((host) => parsed(`redis://${host}`, field))].map(({ hostname, port }) => ({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? PORT_DEFAULT : Number(port),
    })),
    cluster: cluster !== undefined,
    tls,
    username: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    database,
    silenceMs: options.silenceMs ?? 5_000,
    connectMs: options.connectMs ?? 2_000,
  };
}

function parsed(text: string, field: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw invalidArgument(field, 'expected host and port');
  for (const name of url.searchParams.keys()) {
    if (name !== 'ca') throw invalidArgument(field, `${JSON.stringify(name)} is not a known parameter (ca)`);
  }
  return url;
}

function databaseOf(url: URL, cluster: boolean, field: string): number {
  const text = url.pathname.replace(/^\//, '');
  if (text === '') return 0;
  if (cluster) throw invalidArgument(field, 'a cluster has no databases');
  if (!/^\d{1,4}$/.test(text)) throw invalidArgument(field, 'expected the number of a database after the host');
  return Number(text);
}

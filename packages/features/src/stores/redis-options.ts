import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { invalidArgument } from '@rangefinder/base';
import { checkedPrefix } from './row-key-text.ts';

export interface RedisRowStoreOptions {
  /**
   * `redis://user:password@host:6379/0`, `rediss://` for TLS, `redis+cluster://host:7000,host:7001` (`rediss+cluster://`) for a
   * cluster; `valkey` may stand for `redis`.
   */
  readonly url: string;
  /** Before every key; the default is `rf:`. */
  readonly prefix?: string;
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
  readonly prefix: string;
  readonly silenceMs: number;
  readonly connectMs: number;
}

const SCHEME = /^(?:redis|valkey)(s?)(\+cluster)?:\/\//;
const PORT_DEFAULT = 6379;

/** Throws INVALID_ARGUMENT; never with the URL in its message, which may carry a password. */
export function redisTarget(options: RedisRowStoreOptions): RedisTarget {
  const scheme = SCHEME.exec(options.url);
  if (scheme === null) {
    throw invalidArgument(
      'feature store',
      'expected redis://, rediss://, redis+cluster:// or rediss+cluster:// (or valkey)',
    );
  }
  const [, secure, cluster] = scheme;
  const rest = options.url.slice(scheme[0].length);
  // Only the first host goes through URL, whose grammar has no list of hosts.
  const authorityEnd = rest.search(/[/?]/) < 0 ? rest.length : rest.search(/[/?]/);
  const [first = '', ...others] = rest.slice(0, authorityEnd).split(',');
  if (others.length > 0 && cluster === undefined) throw invalidArgument('feature store', 'expected one host');
  const url = parsed(`redis://${first}${rest.slice(authorityEnd)}`);
  const database = databaseOf(url, cluster !== undefined);
  const ca = url.searchParams.get('ca');
  const tls =
    secure === 's' || options.tls !== undefined
      ? { ...(ca === null ? {} : { ca: readFileSync(ca) }), ...options.tls }
      : undefined;
  return {
    nodes: [url, ...others.map((host) => parsed(`redis://${host}`))].map(({ hostname, port }) => ({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? PORT_DEFAULT : Number(port),
    })),
    cluster: cluster !== undefined,
    tls,
    username: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    database,
    prefix: checkedPrefix(options.prefix ?? 'rf:'),
    silenceMs: options.silenceMs ?? 5_000,
    connectMs: options.connectMs ?? 2_000,
  };
}

function parsed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw invalidArgument('feature store', 'expected host and port');
  for (const name of url.searchParams.keys()) {
    if (name !== 'ca') throw invalidArgument('feature store', `${JSON.stringify(name)} is not a known parameter (ca)`);
  }
  return url;
}

function databaseOf(url: URL, cluster: boolean): number {
  const text = url.pathname.replace(/^\//, '');
  if (text === '') return 0;
  if (cluster) throw invalidArgument('feature store', 'a cluster has no databases');
  if (!/^\d{1,4}$/.test(text))
    throw invalidArgument('feature store', 'expected the number of a database after the host');
  return Number(text);
}

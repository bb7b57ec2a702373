import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { invalidArgument } from '@rangefinder/base';
import { checkedPrefix } from './row-key-text.ts';

export interface MemcachedRowStoreOptions {
  /** `memcached://user:password@host:11211,host:11211`, `memcacheds://` for TLS; the user signs in with ASCII authentication. */
  readonly url: string;
  /** Before every key; the default is `rf:`. */
  readonly prefix?: string;
  readonly tls?: ConnectionOptions;
  /** A connection that was asked and says nothing for so long is given up and made anew; the default is 5,000. */
  readonly silenceMs?: number;
  /** Limit for a connection to come about; the default is 2,000. */
  readonly connectMs?: number;
}

export interface MemcachedServer {
  readonly host: string;
  readonly port: number;
  readonly tls: ConnectionOptions | undefined;
  readonly credentials: string | undefined;
  readonly silenceMs: number;
  readonly connectMs: number;
}

export interface MemcachedTarget {
  readonly servers: readonly MemcachedServer[];
  readonly prefix: string;
}

const PORT_DEFAULT = 11_211;

/** Throws INVALID_ARGUMENT; never with the URL in its message, which may carry a password. */
export function memcachedTarget(options: MemcachedRowStoreOptions): MemcachedTarget {
  const match = /^memcached(s?):\/\/([^/?]+)\/?(\?.*)?$/.exec(options.url);
  if (match === null) throw invalidArgument('feature store', 'expected memcached://host:port,host:port');
  const [, secure, authority = '', query = ''] = match;
  const at = authority.lastIndexOf('@');
  const credentials = at < 0 ? undefined : credentialsOf(authority.slice(0, at));
  const parameters = new URLSearchParams(query);
  const ca = parameters.get('ca');
  for (const name of parameters.keys()) {
    if (name !== 'ca') throw invalidArgument('feature store', `${JSON.stringify(name)} is not a known parameter (ca)`);
  }
  const tls =
    secure === 's' || options.tls !== undefined
      ? { ...(ca === null ? {} : { ca: readFileSync(ca) }), ...options.tls }
      : undefined;
  const servers = authority
    .slice(at + 1)
    .split(',')
    .map((text) => {
      const url = URL.canParse(`memcached://${text}`) ? new URL(`memcached://${text}`) : undefined;
      if (url === undefined || url.hostname === '') throw invalidArgument('feature store', 'expected host and port');
      return {
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port === '' ? PORT_DEFAULT : Number(url.port),
        tls,
        credentials,
        silenceMs: options.silenceMs ?? 5_000,
        connectMs: options.connectMs ?? 2_000,
      };
    });
  return { servers, prefix: checkedPrefix(options.prefix ?? 'rf:') };
}

/** `user password`, as the text protocol wants them. */
function credentialsOf(text: string): string {
  const colon = text.indexOf(':');
  const [user, password] = [text.slice(0, colon), text.slice(colon + 1)].map((part) => decodeURIComponent(part));
  if (colon < 1 || /[\s\p{Cc}]/u.test(`${user}${password}`)) {
    throw invalidArgument('feature store', 'expected user:password without blanks before the @');
  }
  return `${user} ${password}`;
}

import type { AddressInfo, Server } from 'node:net';
import { RangefinderError } from '@rangefinder/base';

/** Listens, or says in one sentence why it cannot. */
export function listenOn(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port));
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      resolve(server.address() as AddressInfo);
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): RangefinderError {
  const where = `${host}:${port}`;
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} on ${host} is in use by another process; choose another one, or end that process`,
    EACCES: `no permission to listen on ${where}; ports below 1024 usually need one`,
    EADDRNOTAVAIL: `${host} is not an address of this machine`,
    ENOTFOUND: `${host} is not an address or known name`,
  };
  return new RangefinderError(
    'UNAVAILABLE',
    reasons[error.code ?? ''] ?? `cannot listen on ${where}: ${error.message}`,
    { cause: error },
  );
}

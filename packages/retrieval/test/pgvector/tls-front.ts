import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';

/** What node:test takes as `skip`. */
export const OPENSSL_MISSING = spawnSync('which', ['openssl']).status === 0 ? false : 'openssl is not installed';

const SSL_REQUEST_BYTES = 8;

/** Stands before a Postgres that was built without TLS and speaks it for it, as a provider's front does. */
export async function startTlsFront(
  port: number,
  folder: string,
): Promise<{ readonly port: number; readonly certificatePath: string; stop(): Promise<void> }> {
  const [keyPath, certificatePath] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes'];
  const files = ['-keyout', keyPath, '-out', certificatePath];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...files, ...subject], { stdio: 'ignore' });
  const secrets = { key: readFileSync(keyPath), cert: readFileSync(certificatePath) };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.once('readable', () => {
      client.read(SSL_REQUEST_BYTES);
      client.write('S');
      const secure = new TLSSocket(client, { isServer: true, ...secrets });
      secure.on('error', () => {});
      secure.pipe(upstream).pipe(secure);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    certificatePath,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

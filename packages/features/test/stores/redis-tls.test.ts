import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startRealServer, type RealServer } from '@rangefinder/testing';
import { RedisRowStore } from '../../src/index.ts';
import { missing } from './real-servers.ts';

const KEY = { view: 'v', entityId: 'k' };

describe('Redis over TLS', { skip: missing('redis-server') || missing('openssl') }, () => {
  let folder: string;
  let server: RealServer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rangefinder-tls-'));
    certificates(folder);
    server = await startRealServer(async (port, dir) => ({
      program: 'redis-server',
      parameters: [
        '--port',
        '0',
        '--tls-port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--dir',
        dir,
        '--tls-cert-file',
        join(folder, 'server.crt'),
        '--tls-key-file',
        join(folder, 'server.key'),
        '--tls-ca-cert-file',
        join(folder, 'ca.crt'),
        '--tls-auth-clients',
        'no',
      ],
    }));
  });
  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('rows go both ways where the authority is named', async () => {
    const store = new RedisRowStore({ url: `rediss://localhost:${server.port}?ca=${join(folder, 'ca.crt')}` });
    await store.writeMany([{ ...KEY, row: Uint8Array.of(1, 2), expireMs: 0 }]);
    assert.deepEqual([...((await store.readMany([KEY], { timeoutMs: 5_000 }))[0] ?? [])], [1, 2]);
    await store.check();
    await store.close();
  });

  const refused: [string, () => string][] = [
    ['an authority that nobody named', () => `rediss://localhost:${server.port}`],
    ['another authority', () => `rediss://localhost:${server.port}?ca=${join(folder, 'other.crt')}`],
    ['a name that the certificate is not for', () => `rediss://127.0.0.1:${server.port}?ca=${join(folder, 'ca.crt')}`],
    ['no TLS', () => `redis://localhost:${server.port}`],
  ];
  for (const [name, url] of refused) {
    test(`${name} is UNAVAILABLE`, async () => {
      const store = new RedisRowStore({ url: url(), connectMs: 2_000, silenceMs: 500 });
      await assert.rejects(store.readMany([KEY], { timeoutMs: 5_000 }), { code: 'UNAVAILABLE' });
      await store.close();
    });
  }
});

/** An authority, a certificate of its for `localhost`, and another authority. */
function certificates(folder: string): void {
  const authority = (name: string): void =>
    openssl(
      folder,
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
    );
  authority('ca');
  authority('other');
  openssl(
    folder,
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
  );
  openssl(
    folder,
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-copy_extensions',
    'copy',
    '-out',
    'server.crt',
  );
}

function openssl(folder: string, ...parameters: string[]): void {
  const { status, stderr } = spawnSync('openssl', parameters, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${parameters[0]}: ${stderr}`);
}

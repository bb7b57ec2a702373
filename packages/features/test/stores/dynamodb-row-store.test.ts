import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { describeRowStoreContract, eventually, freePort } from '@rangefinder/testing';
import { DynamoDbRowStore } from '../../src/index.ts';
import { describeStoreFaults } from './store-fault-cases.ts';

const require = createRequire(import.meta.url);
// Has no types.
const dynalite = require('dynalite') as (options: object) => Server;
const CREDENTIALS = { accessKeyId: 'key', secretAccessKey: 'secret' };
const credentials = async (): Promise<typeof CREDENTIALS> => CREDENTIALS;

describe('DynamoDB', () => {
  let emulator: Server;
  let opened = 0;
  const urlAt = (port: number): string =>
    `dynamodb://eu-central-1/features?endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}`;
  before(async () => {
    emulator = dynalite({ createTableMs: 0, deleteTableMs: 0 });
    emulator.listen(0, '127.0.0.1');
    await once(emulator, 'listening');
    await createTable(portOf(emulator));
  });
  after(() => new Promise((resolve) => emulator.close(resolve)));

  describeRowStoreContract({
    name: 'dynamodb',
    open: async () => new DynamoDbRowStore({ url: urlAt(portOf(emulator)), prefix: `t${opened++}:`, credentials }),
    untilPast: async (_store, expireMs) => eventually(async () => Date.now() > expireMs + 1_000),
    openUnreachable: async () => new DynamoDbRowStore({ url: urlAt(await freePort()), credentials }),
  });

  describeStoreFaults({
    name: 'dynamodb',
    serverPort: () => portOf(emulator),
    open: (port) => new DynamoDbRowStore({ url: urlAt(port), credentials }),
  });

  test('what the service leaves unprocessed or throttles is asked for again', async () => {
    const requests: string[] = [];
    const service = await listening((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as { RequestItems: { features: { Keys: Key[] } } };
        const keys = body.RequestItems.features.Keys;
        requests.push(keys.map(({ k }) => k.S).join(','));
        if (requests.length === 1) {
          response.writeHead(400).end(JSON.stringify({ __type: 'x#ProvisionedThroughputExceededException' }));
          return;
        }
        const [first, ...rest] = keys;
        const unprocessed = rest.length === 0 ? {} : { features: { Keys: rest } };
        const rows = [{ k: first!.k, r: { B: Buffer.from(first!.k.S).toString('base64') } }];
        response.end(JSON.stringify({ Responses: { features: rows }, UnprocessedKeys: unprocessed }));
      });
    });
    const store = new DynamoDbRowStore({ url: urlAt(portOf(service)), credentials });
    const rows = await store.readMany(
      ['a', 'b', 'c'].map((entityId) => ({ view: 'v', entityId })),
      { timeoutMs: 10_000 },
    );
    assert.deepEqual(
      rows.map((row) => Buffer.from(row ?? []).toString()),
      ['v:a', 'v:b', 'v:c'],
    );
    assert.deepEqual(requests, ['v:a,v:b,v:c', 'v:a,v:b,v:c', 'v:b,v:c', 'v:c']);
    await store.close();
    service.close();
    service.closeAllConnections();
  });

  test('a table that does not exist is UNAVAILABLE by name', async () => {
    const url = urlAt(portOf(emulator)).replace('/features', '/nothing');
    const store = new DynamoDbRowStore({ url, credentials });
    await assert.rejects(store.check(), { code: 'UNAVAILABLE', message: /ResourceNotFoundException/ });
    await store.close();
  });
});

interface Key {
  readonly k: { readonly S: string };
}

async function createTable(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.CreateTable',
      authorization:
        'AWS4-HMAC-SHA256 Credential=key/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      'x-amz-date': '20260101T000000Z',
    },
    body: JSON.stringify({
      TableName: 'features',
      AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  });
  assert.equal(response.status, 200, await response.text());
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function listening(handler: RequestListener): Promise<Server> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

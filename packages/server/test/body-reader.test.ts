import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ByteBudget } from '../src/transport/byte-budget.ts';
import { BodyReader } from '../src/http/body-reader.ts';

const MIB = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** A request whose bytes are all there already, as those of a fast client are, `sent` telling how many were taken. */
function fullSocket(bodyBytes: number): { request: IncomingMessage; sent: () => number } {
  let sent = 0;
  const stream = new Readable({
    highWaterMark: CHUNK_BYTES,
    read() {
      if (sent === bodyBytes) return void this.push(null);
      sent += CHUNK_BYTES;
      this.push(Buffer.alloc(CHUNK_BYTES, sent / CHUNK_BYTES));
    },
  });
  const headers = { 'content-length': String(bodyBytes) };
  return {
    request: Object.assign(stream, { headers, complete: true }) as unknown as IncomingMessage,
    sent: () => sent,
  };
}

test('a large body gives other work its turn while it is read, and arrives whole', async () => {
  const { request, sent } = fullSocket(16 * MIB);
  const limits = { httpBodyBytes: 64 * MIB, httpInflatedBodyBytes: 64 * MIB };
  const reading = new BodyReader(request, limits, new ByteBudget(64 * MIB)).read({} as ServerResponse, false);
  let most = 0;
  let before = 0;
  while (before < 16 * MIB) {
    await nextTurn();
    most = Math.max(most, sent() - before);
    before = sent();
  }
  const body = await reading;
  assert.equal(body.length, 16 * MIB);
  for (let i = 0; i < body.length; i += CHUNK_BYTES) assert.equal(body[i], (i / CHUNK_BYTES + 1) % 256);
  assert.ok(most <= MIB, `${most} bytes were read in one turn of the event loop`);
});

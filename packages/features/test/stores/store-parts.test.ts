import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError, type Clock } from '@rangefinder/base';
import {
  DynamoDbRowStore,
  GuardedRowStore,
  MemcachedRowStore,
  MemoryRowStore,
  RedisRowStore,
} from '../../src/index.ts';
import { MemcachedReplies } from '../../src/stores/memcached-replies.ts';
import { hashTaggedKey, memcachedKey } from '../../src/stores/row-key-text.ts';
import { ServerRing } from '../../src/stores/server-ring.ts';

describe('guarded row store', () => {
  test('a store behind an open circuit breaker is left alone', async () => {
    let calls = 0;
    let nowMs = 0;
    const clock: Clock = { nowUs: () => nowMs * 1000, wallMs: () => nowMs, schedule: () => ({ cancel: () => {} }) };
    const inner = new MemoryRowStore();
    let down = true;
    inner.readMany = async () => {
      calls++;
      if (down) throw new RangefinderError('UNAVAILABLE', 'down');
      return [];
    };
    const store = new GuardedRowStore(inner, { clock, breaker: { failures: 3, openMinMs: 100 } });
    const read = (timeoutMs = 1_000) => store.readMany([{ view: 'v', entityId: 'k' }], { timeoutMs });
    for (let i = 0; i < 10; i++) await assert.rejects(read(), { code: 'UNAVAILABLE' });
    assert.equal(calls, 3);
    assert.equal(store.breakerState, 'open');
    down = false;
    nowMs = 100;
    await read();
    assert.equal(store.breakerState, 'closed');
  });

  test('a caller without time does not open the circuit', async () => {
    const inner = new MemoryRowStore();
    const store = new GuardedRowStore(inner, { breaker: { failures: 1 } });
    const read = store.readMany([{ view: 'v', entityId: 'k' }], { timeoutMs: 0 });
    await assert.rejects(read, { code: 'DEADLINE_EXCEEDED' });
    assert.equal(store.breakerState, 'closed');
  });
});

describe('keys of external stores', () => {
  const key = fc.record({
    view: fc.string({ unit: 'grapheme', minLength: 1 }),
    entityId: fc.string({ unit: 'grapheme', maxLength: 300 }),
  });

  test('two rows never share a key; memcached takes every one of them', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const same = a.view === b.view && a.entityId === b.entityId;
        assert.equal(hashTaggedKey('rf:', a) === hashTaggedKey('rf:', b), same);
        assert.equal(memcachedKey('rf:', a) === memcachedKey('rf:', b), same);
        assert.match(memcachedKey('rf:', a), /^[!-~]{1,250}$/);
      }),
    );
  });

  test('an id that UTF-8 cannot hold is refused', () => {
    assert.throws(() => hashTaggedKey('', { view: 'v', entityId: '\uD800' }), { code: 'INVALID_ARGUMENT' });
  });
});

test('the ring spreads keys evenly, and a server more moves only its share', () => {
  const three = new ServerRing(['a:1', 'b:1', 'c:1']);
  const four = new ServerRing(['a:1', 'b:1', 'c:1', 'd:1']);
  const counts = [0, 0, 0];
  let moved = 0;
  for (let i = 0; i < 10_000; i++) {
    const name = `rf:users:${i}`;
    const owner = three.ownerOf(name);
    counts[owner]!++;
    const next = four.ownerOf(name);
    if (next === owner) continue;
    moved++;
    assert.equal(next, 3);
  }
  assert.ok(
    counts.every((count) => count > 2_500),
    counts.join(' '),
  );
  assert.ok(moved > 1_500 && moved < 3_500, String(moved));
});

describe('replies of memcached', () => {
  test('chunk boundaries do not matter', () => {
    const values = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(values, fc.array(fc.nat(200)), (rows, cuts) => {
        const bytes = Buffer.concat([
          ...rows.flatMap((row, i) => [Buffer.from(`VALUE k${i} 0 ${row.length}\r\n`), row, Buffer.from('\r\n')]),
          Buffer.from('END\r\nSTORED\r\n'),
        ]);
        const replies = new MemcachedReplies(1_000);
        const found = new Map<string, string>();
        const lines: string[] = [];
        for (let i = 0; i < 2; i++) {
          replies.expect({
            value: (name, value) => void found.set(name, value.toString('hex')),
            line: (line) => lines.push(line) > 0,
          });
        }
        const places = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort(
          (a, b) => a - b,
        );
        for (let i = 1; i < places.length; i++) replies.receive(bytes.subarray(places[i - 1], places[i]));
        assert.deepEqual(lines, ['END', 'STORED']);
        assert.deepEqual(
          [...found.values()],
          rows.map((row) => Buffer.from(row).toString('hex')),
        );
        assert.equal(replies.waiting, 0);
      }),
    );
  });

  test('what is no reply is refused before memory is taken', () => {
    const sink = { value: () => {}, line: () => true };
    const receive = (text: string): void => {
      const replies = new MemcachedReplies(1_000);
      replies.expect(sink);
      replies.receive(Buffer.from(text));
    };
    assert.throws(() => receive('VALUE k 0 999999999\r\n'), /at most 1000 bytes/);
    assert.throws(() => receive('x'.repeat(5_000)), /expected a reply/);
    assert.throws(() => receive('VALUE k 0 1\r\nab\r\n'), /end with its line/);
    assert.throws(() => new MemcachedReplies(1_000).receive(Buffer.from('END\r\n')), /expected nothing/);
  });
});

describe('URLs of stores', () => {
  const refused = { code: 'INVALID_ARGUMENT' };
  for (const url of ['redis://', 'http://x', 'redis://a,b', 'redis://h/x', 'redis+cluster://h/1', 'redis://h?db=1']) {
    test(`${url} is refused`, () => assert.throws(() => new RedisRowStore({ url }), refused));
  }
  for (const url of ['memcached://', 'memcache://h', 'memcached://user@h', 'memcached://h?x=1']) {
    test(`${url} is refused`, () => assert.throws(() => new MemcachedRowStore({ url }), refused));
  }
  for (const url of ['dynamodb://eu-west-1', 'dynamodb://eu-west-1/t', 'dynamodb://r/table?endpoint=ftp://x']) {
    test(`${url} is refused`, () => assert.throws(() => new DynamoDbRowStore({ url }), refused));
  }
  test('no message shows a password', () => {
    assert.throws(
      () => new RedisRowStore({ url: 'redis://user:hunter2@h,i' }),
      (error: Error) => !error.message.includes('hunter2'),
    );
  });
});

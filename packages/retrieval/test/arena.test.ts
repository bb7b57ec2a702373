import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Arena, reserve } from '../src/embedded/arena.ts';
import { createSharedMemory } from '../src/embedded/kernel.ts';

const MIB = 2 ** 20;

describe('the memory of an index', () => {
  // Regression: a graph thread met "memory access out of bounds" in a slot that was added while it walked. Threads learn late
  // that a shared memory has grown, and atomic operations are checked against the size that they know.
  it('never grows, so that no thread meets an address beyond the size that it knows', () => {
    const arena = new Arena(256 * MIB, 1024);
    const { buffer } = arena.memory;
    const { u32 } = arena.views;
    assert.equal(buffer.byteLength, 256 * MIB);
    let last = 0;
    for (let i = 0; i < 200; i++) last = arena.allocate(MIB);
    u32[last >>> 2] = 7;
    assert.equal(arena.memory.buffer, buffer);
    assert.equal(arena.views.u32, u32);
    assert.equal(new Uint32Array(arena.memory.buffer)[last >>> 2], 7);
  });

  it('takes no memory of the machine before it is used', () => {
    const before = process.memoryUsage.rss();
    const arenas = Array.from({ length: 8 }, () => new Arena(4096 * MIB, 1024));
    const taken = process.memoryUsage.rss() - before;
    assert.ok(taken < 256 * MIB, `${taken} bytes for ${arenas.length} empty arenas`);
  });

  it('refuses what would pass the limit, and goes on with what fits', () => {
    const arena = new Arena(2 * MIB, 1024);
    assert.throws(() => arena.allocate(3 * MIB), { code: 'RESOURCE_EXHAUSTED', field: 'limits.memoryBytes' });
    const at = arena.allocate(MIB);
    arena.free(at, MIB);
    assert.equal(arena.allocate(MIB), at);
    assert.throws(() => new Arena(MIB, 2 * MIB), { code: 'RESOURCE_EXHAUSTED', field: 'limits.memoryBytes' });
  });

  it('takes half, and half again, where the system grants no more, and says so where not even the least is granted', () => {
    const asked: number[] = [];
    const upTo = (most: number) => (pages: number) => {
      asked.push(pages);
      if (pages > most) throw new RangeError('refused');
      return createSharedMemory(pages);
    };
    assert.equal(reserve(64, 4, upTo(20)).buffer.byteLength, MIB);
    assert.deepEqual(asked, [64, 32, 16]);
    assert.equal(reserve(64, 24, upTo(24)).buffer.byteLength, 24 * 65_536);
    assert.throws(() => reserve(64, 24, upTo(8)), { code: 'RESOURCE_EXHAUSTED' });
  });
});

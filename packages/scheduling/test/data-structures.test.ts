import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AlarmHeap } from '../src/alarm-heap.ts';
import { Link, LinkedQueue } from '../src/linked-queue.ts';
import { PendingRequest } from '../src/pending-request.ts';

function request(id: number): PendingRequest {
  const fields = {
    rows: 1,
    shapeKey: '',
    payloadBytes: 0,
    level: 1,
    enqueuedUs: 0,
    deadlineUs: Infinity,
    timeoutUs: 0,
  };
  return new PendingRequest({ id, ...fields, splittable: false });
}

test('LinkedQueue is an array from which anything may be taken', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(50))), (steps) => {
      const queue = new LinkedQueue<number>();
      const links: Link<number>[] = [];
      for (const step of steps) {
        if (step === null || links.length === 0) {
          const link = new Link(links.length);
          queue.push(link);
          links.push(link);
        } else {
          queue.remove(links.splice(step % links.length, 1)[0]!);
        }
        const items: number[] = [];
        for (let link = queue.head; link !== undefined; link = link.next) items.push(link.item);
        assert.deepEqual(
          items,
          links.map((link) => link.item),
        );
        assert.equal(queue.size, links.length);
      }
    }),
  );
});

describe('AlarmHeap', () => {
  test('gives the earliest, whatever is added, moved and taken out', () => {
    const step = fc.tuple(fc.nat(15), fc.oneof(fc.nat(30), fc.constant(Infinity)));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const heap = new AlarmHeap();
        const requests = Array.from({ length: 16 }, (_, id) => request(id));
        const expected = new Map<number, number>();
        for (const [id, alarmUs] of steps) {
          heap.set(requests[id]!, alarmUs);
          if (alarmUs === Infinity) expected.delete(id);
          else expected.set(id, alarmUs);
          const earliest = expected.size === 0 ? undefined : Math.min(...expected.values());
          assert.equal(heap.peek()?.alarmUs, earliest);
        }
      }),
    );
  });

  test('leaves nothing behind', () => {
    const heap = new AlarmHeap();
    const requests = Array.from({ length: 100 }, (_, id) => request(id));
    for (const each of requests) heap.set(each, each.id % 7);
    for (const each of requests) heap.remove(each);
    heap.remove(requests[0]!);
    assert.equal(heap.peek(), undefined);
  });
});

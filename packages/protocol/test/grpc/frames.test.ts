import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import fc from 'fast-check';
import { frameOf, FrameReader, type MessageFrame } from '../../src/grpc/index.ts';

const message = fc.uint8Array({ maxLength: 40 });

test('messages come out whole wherever the chunks end', () => {
  const streams = fc.array(fc.record({ bytes: message, compressed: fc.boolean() }), { maxLength: 5 });
  fc.assert(
    fc.property(streams, fc.array(fc.nat({ max: 60 }), { maxLength: 12 }), (messages, cuts) => {
      const wire = Buffer.concat(messages.map(({ bytes, compressed }) => frameOf(bytes, compressed)));
      assert.deepEqual(readAll(wire, cuts), messages.map(plain));
    }),
  );
});

test('every single border of a stream of two messages', () => {
  const messages = [Uint8Array.of(1, 2, 3), Uint8Array.of(), Uint8Array.of(4)];
  const wire = Buffer.concat(messages.map((bytes) => frameOf(bytes)));
  for (let border = 0; border <= wire.length; border++) {
    assert.deepEqual(
      readAll(wire, [border]),
      messages.map((bytes) => plain({ bytes, compressed: false })),
      `cut at ${border}`,
    );
  }
});

test('a message in one chunk is not copied', () => {
  const chunk = frameOf(Uint8Array.of(7, 8));
  const [frame] = new FrameReader(10).push(chunk);
  assert.equal(frame?.bytes.buffer, chunk.buffer);
});

test('the limit is checked when the length is known, before memory is taken', () => {
  const reader = new FrameReader(1000);
  const before = process.memoryUsage().arrayBuffers;
  assert.throws(
    () => reader.push(Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff)),
    refusal('PAYLOAD_TOO_LARGE', /at most 1000 bytes, got 4294967295 bytes announced/),
  );
  assert.ok(process.memoryUsage().arrayBuffers - before < 1e6);
  assert.equal(new FrameReader(3).push(frameOf(Uint8Array.of(1, 2, 3))).length, 1);
});

test('garbage is INVALID_ARGUMENT or PAYLOAD_TOO_LARGE, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 6 }), (chunks) => {
      const reader = new FrameReader(64);
      try {
        for (const chunk of chunks) for (const { bytes } of reader.push(chunk)) assert.ok(bytes.length <= 64);
        reader.end();
      } catch (thrown) {
        assert.ok(thrown instanceof RangefinderError, String(thrown));
        assert.ok(['INVALID_ARGUMENT', 'PAYLOAD_TOO_LARGE'].includes(thrown.code));
      }
    }),
  );
});

test('a stream that ends within a message is refused', () => {
  const wire = frameOf(Uint8Array.of(1, 2, 3));
  for (let length = 1; length < wire.length; length++) {
    const reader = new FrameReader(10);
    reader.push(wire.subarray(0, length));
    assert.throws(() => reader.end(), refusal('INVALID_ARGUMENT', /the end of the stream/));
  }
  assert.throws(() => new FrameReader(10).push(Uint8Array.of(2, 0, 0, 0, 0)), refusal('INVALID_ARGUMENT', /0 or 1/));
});

/** Cuts are lengths of chunks; what is left is the last one. */
function readAll(wire: Uint8Array, cuts: readonly number[]): unknown[] {
  const reader = new FrameReader(100);
  const found: MessageFrame[] = [];
  let at = 0;
  for (const cut of [...cuts, wire.length]) {
    found.push(...reader.push(wire.subarray(at, at + cut)));
    at = Math.min(wire.length, at + cut);
  }
  reader.end();
  return found.map(plain);
}

function plain({ bytes, compressed }: MessageFrame): unknown {
  return { bytes: [...bytes], compressed };
}

function refusal(code: string, message: RegExp) {
  return (thrown: unknown): boolean => {
    assert.ok(thrown instanceof RangefinderError, String(thrown));
    assert.equal(thrown.code, code);
    assert.match(thrown.message, message);
    return true;
  };
}

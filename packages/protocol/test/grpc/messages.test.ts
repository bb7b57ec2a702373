import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { RangefinderError, invalidArgument } from '@rangefinder/base';
import fc from 'fast-check';
import {
  BadRequestSchema,
  encodeGrpcMessage,
  errorDetails,
  ErrorInfoSchema,
  MessageDecoder,
  parseGrpcTimeout,
  RankRequestSchema,
  RetryInfoSchema,
  StatusSchema,
} from '../../src/grpc/index.ts';

test('grpc-timeout: every unit, and nothing else', () => {
  const us = { H: 3_600e6, M: 60e6, S: 1e6, m: 1e3, u: 1, n: 1e-3 };
  for (const [unit, factor] of Object.entries(us)) {
    assert.equal(parseGrpcTimeout(`7${unit}`), 7 * factor);
    assert.equal(parseGrpcTimeout(`99999999${unit}`), 99_999_999 * factor);
  }
  for (const text of ['', 'S', '1', '1s', '-1S', '1.5S', '100000000S', ' 1S', '1S ', '0x1S']) {
    assert.throws(() => parseGrpcTimeout(text), /^RangefinderError: grpc-timeout: expected/, text);
  }
});

test('grpc-message is printable ASCII, and says the same', () => {
  assert.equal(encodeGrpcMessage('plain text, with "quotes"'), 'plain text, with "quotes"');
  assert.equal(encodeGrpcMessage('100% grün\n'), '100%25 gr%C3%BCn%0A');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      const encoded = encodeGrpcMessage(text);
      assert.match(encoded, /^[\u0020-\u007e]*$/);
      assert.equal(decodeURIComponent(encoded), text.toWellFormed());
    }),
  );
  assert.match(encodeGrpcMessage('half \ud800 of a pair'), /^[\u0020-\u007e]*$/);
});

test('error details name the row, the field and when to try again', () => {
  const status = fromBinary(StatusSchema, errorDetails(invalidArgument('page.size', 'expected 1')));
  assert.equal(status.code, 3);
  assert.equal(status.message, 'page.size: expected 1');
  assert.equal(anyUnpack(status.details[0]!, ErrorInfoSchema)?.reason, 'INVALID_ARGUMENT');
  assert.deepEqual(anyUnpack(status.details[1]!, BadRequestSchema)?.fieldViolations[0]?.field, 'page.size');
  const busy = fromBinary(
    StatusSchema,
    errorDetails(new RangefinderError('QUEUE_FULL', 'full', { retryAfterMs: 1500 })),
  );
  assert.equal(busy.code, 14);
  assert.equal(anyUnpack(busy.details[1]!, RetryInfoSchema)?.retryDelay?.nanos, 500_000_000);
});

test('a status fits the metadata that clients take, whatever a caller wrote', () => {
  for (const letter of ['x', 'é', '日', '🎬', '\u0000', '\ud800']) {
    const long = letter.repeat(100_000);
    const error = invalidArgument(`rerank.max_per_value.${long}`, long);
    const base64Bytes = Math.ceil((errorDetails(error).length * 4) / 3);
    assert.ok(encodeGrpcMessage(error.message).length + base64Bytes < 7_500, letter);
    assert.ok(fromBinary(StatusSchema, errorDetails(error)).message.startsWith('rerank.max_per_value.'));
  }
});

test('fields are counted at every depth before objects are made of them', () => {
  const decoder = new MessageDecoder(100);
  const sizes = (fields: object) => toBinary(RankRequestSchema, create(RankRequestSchema, fields));
  const many = Array.from({ length: 90 }, (_, i) => `item ${i}`);
  assert.equal(decoder.decode(RankRequestSchema, sizes({ exclude: many })).exclude.length, 90);
  const padding = 'x'.repeat(300);
  for (const [where, fields] of Object.entries({
    list: { exclude: [...many, ...many] },
    nested: { candidates: { ids: [...many, ...many] } },
    map: { context: Object.fromEntries(many.map((name) => [name, {}])) },
    struct: { user: padding, filter: { all: many.map((name) => ({ eq: { name } })) } },
  })) {
    assert.throws(
      () => decoder.decode(RankRequestSchema, sizes(fields)),
      (thrown: unknown) => thrown instanceof RangefinderError && thrown.code === 'PAYLOAD_TOO_LARGE',
      where,
    );
  }
});

test('what is no message is INVALID_ARGUMENT, however it is broken', () => {
  const decoder = new MessageDecoder(20);
  const valid = toBinary(
    RankRequestSchema,
    create(RankRequestSchema, {
      user: 'ada',
      context: { a: { value: { case: 'number', value: 1 } } },
      filter: { a: [1] },
    }),
  );
  const broken = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .record({
        at: fc.nat({ max: valid.length - 1 }),
        value: fc.nat({ max: 255 }),
        cut: fc.nat({ max: valid.length }),
      })
      .map(({ at, value, cut }) => {
        const bytes = valid.slice(0, cut);
        if (at < bytes.length) bytes[at] = value;
        return bytes;
      }),
  );
  fc.assert(
    fc.property(broken, (bytes) => {
      try {
        decoder.decode(RankRequestSchema, bytes);
      } catch (thrown) {
        assert.ok(thrown instanceof RangefinderError, String(thrown));
        assert.ok(['INVALID_ARGUMENT', 'PAYLOAD_TOO_LARGE'].includes(thrown.code), thrown.message);
      }
    }),
    { numRuns: 500 },
  );
});

test('a field that is longer than its message is INVALID_ARGUMENT, however deep', () => {
  const padding = Buffer.alloc(60, Uint8Array.of(0x78, 0));
  const cases = {
    'a string at the end': [padding, Uint8Array.of(0x12, 0x7f)],
    'a message at the end': [padding, Uint8Array.of(0x2a, 0x7f)],
    'a string in a message': [Uint8Array.of(0x2a, 2, 0x0a, 0x20), padding],
    'a message in a map': [Uint8Array.of(0x22, 2, 0x12, 0x20), padding],
    'half a tag': [padding, Uint8Array.of(0xff)],
  };
  for (const [where, pieces] of Object.entries(cases)) {
    for (const fieldsMax of [40, 4_000]) {
      assert.throws(
        () => new MessageDecoder(fieldsMax).decode(RankRequestSchema, Buffer.concat(pieces)),
        (thrown: unknown) => thrown instanceof RangefinderError && thrown.code === 'INVALID_ARGUMENT',
        `${where}, ${fieldsMax}`,
      );
    }
  }
});

test('nesting without end is refused', () => {
  let filter: Record<string, unknown> = {};
  for (let depth = 0; depth < 60; depth++) filter = { not: filter };
  const bytes = toBinary(RankRequestSchema, create(RankRequestSchema, { filter: filter as never }));
  assert.throws(() => new MessageDecoder(1e5).decode(RankRequestSchema, bytes), /recursion depth|nested deeper/);
  assert.throws(() => new MessageDecoder(10).decode(RankRequestSchema, bytes), RangefinderError);
});

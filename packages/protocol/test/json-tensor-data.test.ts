import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_LIMITS, RangefinderError } from '@rangefinder/base';
import { elementCount, tensorValues, type DataType } from '@rangefinder/tensor';
import { arbitraryShape } from '@rangefinder/testing';
import { assertClientError, decode, utf8 } from './support.ts';

function body(dataType: DataType, shape: readonly number[], data: string): string {
  return `{"inputs":[{"name":"x","shape":[${shape.join()}],"datatype":"${dataType}","data":${data}}]}`;
}

async function values(
  dataType: DataType,
  shape: readonly number[],
  data: string,
  sliceBytes?: number,
): Promise<unknown[]> {
  const options = { yieldToEventLoop: () => Promise.resolve(), ...(sliceBytes !== undefined && { sliceBytes }) };
  const { inputs } = await decode(body(dataType, shape, data), options);
  return tensorValues(inputs[0]!);
}

/** Ways to write a number in JSON. */
const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.bigInt({ min: 0n, max: 10n ** 25n }),
      fc.option(fc.bigInt({ min: 0n, max: 10n ** 22n })),
      fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.nat({ max: 250 }))),
    )
    .map(
      ([sign, whole, fraction, exponent]) =>
        `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent ? exponent.join('') : ''}`,
    ),
  fc.tuple(fc.nat({ max: 30 }), fc.nat()).map(([zeros, digits]) => `0.${'0'.repeat(zeros)}${digits}`),
);

test('every spelling of a number is the double that JavaScript reads, bit for bit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(numberText, { minLength: 1, maxLength: 20 }), async (texts) => {
      const expected = texts.map(Number);
      const read = await values('FP64', [texts.length], `[${texts.join()}]`);
      for (const [i, value] of read.entries())
        assert.ok(Object.is(value, expected[i]), `${texts[i]} read as ${String(value)}`);
    }),
    { numRuns: 1000 },
  );
});

test('integers are exact over the whole range of each type, and refused one beyond', async () => {
  const ranges: readonly [DataType, bigint, bigint][] = [
    ['INT8', -128n, 127n],
    ['UINT8', 0n, 255n],
    ['INT16', -32768n, 32767n],
    ['UINT16', 0n, 65535n],
    ['INT32', -(2n ** 31n), 2n ** 31n - 1n],
    ['UINT32', 0n, 2n ** 32n - 1n],
    ['INT64', -(2n ** 63n), 2n ** 63n - 1n],
    ['UINT64', 0n, 2n ** 64n - 1n],
  ];
  for (const [dataType, least, greatest] of ranges) {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.bigInt({ min: least, max: greatest }), { maxLength: 8 }), async (random) => {
        const given = [least, greatest, 0n, ...random];
        assert.deepEqual(
          (await values(dataType, [given.length], `[${given.join()}]`)).map((value) => BigInt(value as number)),
          given,
        );
      }),
      { numRuns: 60 },
    );
    for (const beyond of [least - 1n, greatest + 1n]) {
      await assert.rejects(
        values(dataType, [1], `[${beyond}]`),
        new RegExp(`${beyond} is out of the range of ${dataType}`),
      );
    }
  }
});

function nested(flat: readonly string[], shape: readonly number[]): string {
  if (shape.length === 0) return flat[0]!;
  const size = shape[0]!;
  const inner = flat.length / Math.max(1, size);
  const parts = Array.from({ length: size }, (_, i) => nested(flat.slice(i * inner, (i + 1) * inner), shape.slice(1)));
  return `[${parts.join(', ')}]`;
}

test('nested, flat, and squeezed data read alike', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryShape({ minRank: 1 }),
      fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      async (shape, sliceBytes) => {
        const flat = Array.from({ length: elementCount(shape) }, (_, i) => String(i));
        const expected = flat.map(Number);
        const squeezed = shape.filter((size) => size !== 1);
        assert.deepEqual(await values('INT32', shape, nested(flat, shape), sliceBytes), expected);
        assert.deepEqual(await values('INT32', shape, `[ ${flat.join(' ,\n')} ]`, sliceBytes), expected);
        if (squeezed.length > 0)
          assert.deepEqual(await values('FP32', shape, nested(flat, squeezed), sliceBytes), expected);
        const outer = shape.slice(0, 2);
        if (expected.length > 0 && outer.length === 2) {
          const partly = Array.from(
            { length: outer[0]! },
            (_, i) => `[${flat.slice((i * flat.length) / outer[0]!, ((i + 1) * flat.length) / outer[0]!).join()}]`,
          );
          assert.deepEqual(await values('INT64', shape, `[${partly.join()}]`, sliceBytes), expected.map(BigInt));
        }
      },
    ),
  );
});

test('mutated requests: a request or a client error', async () => {
  const template =
    '{"id":"i","parameters":{"priority":1,"k":"v"},"inputs":[{"name":"a","shape":[2,2],"datatype":"FP32","data":[[1,2.5],[-3e2,0.1]]},' +
    '{"data":["x","\\u00e9"],"name":"b","shape":[2],"datatype":"BYTES"},{"name":"c","shape":[3],"datatype":"INT64","data":[1,-2,9007199254740993]},' +
    '{"name":"d","datatype":"BOOL","shape":[2],"data":[true,0],"parameters":{"x":[1,{"y":null}]}}],"outputs":[{"name":"o","parameters":{"binary_data":true}}]}';
  const pieces = [
    '',
    ',',
    ']',
    '}',
    '"',
    '\\',
    '0',
    '-',
    'e',
    '.',
    't',
    '[',
    '{',
    ':',
    ' ',
    '\u0000',
    'é',
    '9'.repeat(30),
    '"shape"',
    '"data"',
    'null',
  ];
  const mutation = fc.tuple(fc.nat({ max: template.length }), fc.nat({ max: 12 }), fc.constantFrom(...pieces));
  await fc.assert(
    fc.asyncProperty(
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      fc.option(fc.nat({ max: 600 })),
      fc.integer({ min: 1, max: 64 }),
      async (mutations, headerLength, sliceBytes) => {
        let text = template;
        for (const [at, removed, put] of mutations) text = text.slice(0, at) + put + text.slice(at + removed);
        const outcome = async (slice: number): Promise<string> => {
          try {
            const options = {
              sliceBytes: slice,
              yieldToEventLoop: () => Promise.resolve(),
              ...(headerLength !== null && { headerLength }),
            };
            const { inputs } = await decode(utf8(text), options);
            return JSON.stringify(inputs.map((tensor) => [tensor.name, tensor.shape, [...tensor.bytes]]));
          } catch (error) {
            assertClientError(error);
            return (error as Error).message;
          }
        };
        assert.equal(await outcome(sliceBytes), await outcome(65536));
      },
    ),
    { numRuns: 3000 },
  );
});

test('limits hold before memory is taken', async () => {
  const before = process.memoryUsage().arrayBuffers;
  const claims = [
    body('FP32', [250_000_000], '[1]'),
    body('BYTES', [200_000_000], '["a"]'),
    body('INT64', [2, 60_000_000], '[]'),
    body('BOOL', [2_000_000_000], '[true]'),
  ];
  for (const claim of claims) await assert.rejects(decode(claim), RangefinderError);
  const small = { ...DEFAULT_LIMITS, tensorBytes: 1000 };
  const long = body('BYTES', [1], `["${'x'.repeat(1_000_000)}"]`);
  await assert.rejects(decode(long, { limits: small }), {
    code: 'PAYLOAD_TOO_LARGE',
    message: 'inputs[0].data: takes more than 1000 bytes',
  });
  assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000);
});

test('large bodies are read over many turns, small ones at once', async () => {
  let turns = 0;
  const yieldToEventLoop = (): Promise<void> => Promise.resolve(void turns++);
  const numbers = Array.from({ length: 200_000 }, (_, i) => i / 7);
  const { inputs } = await decode(body('FP64', [numbers.length], JSON.stringify(numbers)), { yieldToEventLoop });
  assert.deepEqual(tensorValues(inputs[0]!), numbers);
  assert.ok(turns > 30, `${turns} turns`);
  turns = 0;
  const text = 'é"\n'.repeat(300_000);
  const strings = await decode(body('BYTES', [2], JSON.stringify([text, ''])), { yieldToEventLoop });
  assert.deepEqual(tensorValues(strings.inputs[0]!), [text, '']);
  assert.ok(turns > 15, `${turns} turns`);
  turns = 0;
  await decode(body('FP64', [3], '[1,2,3]'), { yieldToEventLoop });
  assert.equal(turns, 0);
});

test('an error of the caller ends a decoding that is under way', async () => {
  const numbers = JSON.stringify(Array.from({ length: 100_000 }, (_, i) => i));
  const gone = new RangefinderError('CANCELLED', 'the client went away');
  await assert.rejects(
    decode(body('FP32', [100_000], numbers), { yieldToEventLoop: () => Promise.reject(gone) }),
    gone,
  );
});

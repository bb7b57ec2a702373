import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { type ErrorCode, type Random, RangefinderError } from '@rangefinder/base';
import type { LoadedModel, RunInput, RunRequest } from '@rangefinder/engines';
import { byteLengthOf, type DataType, elementCount, type Shape } from '@rangefinder/tensor';

export function inputOf(name: string, dataType: DataType, shape: Shape, bytes: Uint8Array): RunInput {
  return { name, dataType, shape, byteLength: bytes.length, write: (target) => target.set(bytes) };
}

/** A request with one tensor for the model's first input. */
export function requestFor(model: LoadedModel, dataType: DataType, shape: Shape, bytes: Uint8Array): RunRequest {
  return { inputs: [inputOf(model.signature.inputs[0]?.name ?? '', dataType, shape, bytes)], outputs: [] };
}

/** Any valid bytes: BOOL are 0 or 1, BYTES are strings of 0 to 5 bytes (NUL among them), 4-bit padding is 0. */
export function randomBytes(dataType: DataType, shape: Shape, random: Random): Uint8Array {
  const count = elementCount(shape);
  const byteLength = byteLengthOf(dataType, count);
  if (byteLength === undefined) return randomStrings(count, random);
  const bytes = Uint8Array.from({ length: byteLength }, () => random.below(dataType === 'BOOL' ? 2 : 256));
  const isPadded = byteLengthOf(dataType, 2) === 1 && count % 2 === 1;
  if (isPadded) bytes[byteLength - 1] = (bytes[byteLength - 1] ?? 0) & 0x0f;
  return bytes;
}

function randomStrings(count: number, random: Random): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let i = 0; i < count; i += 1) {
    const text = Uint8Array.from({ length: random.below(6) }, () => random.below(128));
    chunks.push(new Uint8Array(new Uint32Array([text.length]).buffer), text);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Runs an identity model and checks that all of the input comes back. */
export async function checkIdentity(
  model: LoadedModel,
  dataType: DataType,
  shape: Shape,
  bytes: Uint8Array,
): Promise<void> {
  const result = await model.run(requestFor(model, dataType, shape, bytes)).result;
  try {
    assert.equal(result.outputs.length, 1);
    const [output] = result.outputs;
    assert.equal(output?.name, model.signature.outputs[0]?.name);
    assert.equal(output?.dataType, dataType);
    assert.deepEqual(output?.shape, shape);
    assert.ok(
      isDeepStrictEqual(Buffer.from(output?.bytes ?? []), Buffer.from(bytes)),
      'the bytes that come back differ',
    );
  } finally {
    result.release();
  }
}

/** That it fails with this code and says these words. */
export function isError(code: ErrorCode, ...words: readonly string[]): (thrown: unknown) => true {
  return (thrown) => {
    assert.ok(thrown instanceof RangefinderError, `expected a RangefinderError, got ${String(thrown)}`);
    assert.equal(thrown.code, code, thrown.message);
    for (const word of words) assert.ok(thrown.message.includes(word), `"${thrown.message}" does not say "${word}"`);
    return true;
  };
}

/** Lets the event loop turn so many times. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether a promise is settled, looked at without waiting for it. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const settled = promise.then(
    () => undefined,
    () => undefined,
  );
  return (await Promise.race([settled, Promise.resolve(pending)])) !== pending;
}

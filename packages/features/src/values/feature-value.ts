/**
 * A feature's value as programs and JSON have it. Numbers for integers and floats, bigint (or a safe integer) for 64-bit
 * integers, booleans, strings or bytes for BYTES, arrays of these for lists and vectors, `[real, imaginary]` for complex
 * scalars, raw bits for 8- and 4-bit floats. null is a NULL.
 */
export type FeatureValue = ScalarValue | readonly ScalarValue[] | ArrayLike<number> | ArrayLike<bigint> | null;

export type ScalarValue = string | number | bigint | boolean | Uint8Array | readonly [number, number];

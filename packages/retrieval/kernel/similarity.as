import { codeBytes, dims, metric, storage, recordOf, vectorOf, scaleOf, biasOf } from './layout';

// Similarity, higher for closer, by which the graph is walked: the scaled integer product plus a bias that is -|v|²/2 for L2.

// @ts-ignore: decorator
@inline function sumLanes(v: v128): i32 {
  const pairs = i32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/** Product of a query in int16 and codes in int8. */
// @ts-ignore: decorator
@inline export function queryProduct(query: u32, codes: u32): i32 {
  let even = i32x4.splat(0);
  let odd = i32x4.splat(0);
  const end = codes + codeBytes;
  while (codes < end) {
    even = i32x4.add(even, i32x4.dot_i16x8_s(v128.load_ext<i8>(codes), v128.load(query)));
    odd = i32x4.add(odd, i32x4.dot_i16x8_s(v128.load_ext<i8>(codes, 8), v128.load(query, 16)));
    codes += 16;
    query += 32;
  }
  return sumLanes(i32x4.add(even, odd));
}

// @ts-ignore: decorator
@inline function codeProduct(a: u32, b: u32): i32 {
  let even = i32x4.splat(0);
  let odd = i32x4.splat(0);
  const end = a + codeBytes;
  while (a < end) {
    even = i32x4.add(even, i32x4.dot_i16x8_s(v128.load_ext<i8>(a), v128.load_ext<i8>(b)));
    odd = i32x4.add(odd, i32x4.dot_i16x8_s(v128.load_ext<i8>(a, 8), v128.load_ext<i8>(b, 8)));
    a += 16;
    b += 16;
  }
  return sumLanes(i32x4.add(even, odd));
}

/** How close b is, seen from a: comparable for one a. */
// @ts-ignore: decorator
@inline export function between(a: u32, b: u32): f32 {
  const ra = recordOf(a);
  const rb = recordOf(b);
  return scaleOf(ra) * scaleOf(rb) * f32(codeProduct(ra, rb)) + biasOf(rb);
}

// @ts-ignore: decorator
@inline function sumFloats(v: v128): f32 {
  const pairs = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Four float16 at `at` as float32: the exponent is re-biased by a multiplication, which denormals survive. */
// @ts-ignore: decorator
@inline function loadHalves(at: u32): v128 {
  const half = v128.load_ext<u16>(at);
  const magnitude = f32x4.mul(
    i32x4.shl(v128.and(half, i32x4.splat(0x7fff)), 13),
    f32x4.splat(reinterpret<f32>(0x77800000)),
  );
  return v128.or(magnitude, i32x4.shl(v128.and(half, i32x4.splat(0x8000)), 16));
}

/** The score that a caller sees, from the stored vector. `query` is float32, padded with zeros to a multiple of 8. */
export function exactScore(query: u32, queryCodes: u32, queryScale: f32, querySquare: f32, slot: u32): f32 {
  if (storage == 2) {
    const record = recordOf(slot);
    const product = queryScale * scaleOf(record) * f32(queryProduct(queryCodes, record));
    return metric == 0 ? product : f32(2) * (product + biasOf(record)) - querySquare;
  }
  const vector = vectorOf(slot);
  let sum = f32x4.splat(0);
  for (let i: u32 = 0; i < dims; i += 4) {
    const v = storage == 0 ? v128.load(vector + (i << 2)) : loadHalves(vector + (i << 1));
    const q = v128.load(query + (i << 2));
    if (metric == 0) {
      sum = f32x4.add(sum, f32x4.mul(q, v));
    } else {
      const d = f32x4.sub(q, v);
      sum = f32x4.sub(sum, f32x4.mul(d, d));
    }
  }
  return sumFloats(sum);
}

import { codeBytes, dims, metric, normalise, storage, recordOf, vectorOf } from './layout';

function largest(source: u32): f32 {
  let top: f32 = 0;
  for (let i: u32 = 0; i < dims; i++) top = max<f32>(top, abs<f32>(load<f32>(source + (i << 2))));
  return top;
}

function squareOf(source: u32): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < dims; i++) {
    const x = <f64>load<f32>(source + (i << 2));
    sum += x * x;
  }
  return sum;
}

/** Divides by the length in place when the metric is cosine, and returns the squared length afterwards. */
export function toUnit(source: u32): f32 {
  const square = squareOf(source);
  if (normalise == 0 || square == 0) return <f32>square;
  const factor = 1 / Math.sqrt(square);
  for (let i: u32 = 0; i < dims; i++) {
    const at = source + (i << 2);
    store<f32>(at, <f32>(<f64>load<f32>(at) * factor));
  }
  return 1;
}

/** Nearest, ties to even. */
function toHalf(x: f32): u16 {
  const bits = reinterpret<u32>(x);
  const sign = (bits >> 16) & 0x8000;
  let rest = bits & 0x7fffffff;
  if (rest < 0x38800000) {
    // Denormal: adding 0.5 puts the result's bits, rounded, at the end of the mantissa.
    const shifted = reinterpret<f32>(rest) + 0.5;
    return <u16>(sign | (reinterpret<u32>(shifted) - 0x3f000000));
  }
  rest += 0xc8000fff + ((rest >> 13) & 1);
  return <u16>(sign | (rest >> 13));
}

/** Writes a slot's codes, scale, bias and stored vector from float32 at `source`, which is overwritten. */
export function encodeItem(source: u32, slot: u32): void {
  const square = toUnit(source);
  const record = recordOf(slot);
  const top = largest(source);
  const scale: f32 = top / 127;
  const inverse: f32 = top == 0 ? 0 : 127 / top;
  for (let i: u32 = 0; i < dims; i++) {
    store<i8>(record + i, <i8>nearest<f32>(load<f32>(source + (i << 2)) * inverse));
  }
  for (let i = dims; i < codeBytes; i++) store<i8>(record + i, 0);
  store<f32>(record + codeBytes, scale);
  store<f32>(record + codeBytes, metric == 0 ? 0 : square * -0.5, 4);
  if (storage == 2) return;
  const vector = vectorOf(slot);
  const padded = (dims + 7) & ~7;
  for (let i: u32 = 0; i < padded; i++) {
    const x: f32 = i < dims ? load<f32>(source + (i << 2)) : 0;
    if (storage == 0) store<f32>(vector + (i << 2), x);
    else store<u16>(vector + (i << 1), toHalf(x));
  }
}

/** Codes of a query in int16, fine enough that only the items' rounding counts. Returns the scale. */
export function encodeQuery(source: u32, codes: u32): f32 {
  const top = largest(source);
  const inverse: f32 = top == 0 ? 0 : 2047 / top;
  for (let i: u32 = 0; i < dims; i++) {
    store<i16>(codes + (i << 1), <i16>nearest<f32>(load<f32>(source + (i << 2)) * inverse));
  }
  for (let i = dims; i < codeBytes; i++) store<i16>(codes + (i << 1), 0);
  return top / 2047;
}

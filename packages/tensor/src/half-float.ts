/**
 * FP16 (IEEE 754 binary16) and BF16 (the upper half of a binary32), to and from FP32, in bulk. Exact where the value can be
 * represented, subnormals and signed zeros included; otherwise rounded to nearest, ties to even. NaN stays NaN (quiet, its
 * upper payload bits kept), overflow becomes Infinity. One rounding: the source is FP32.
 */

const SIGN_16 = 0x8000;
const INFINITY_16 = 0x7c00;
const QUIET_16 = 0x0200;

export function float16ToFloat32(source: Uint16Array, target = new Float32Array(source.length)): Float32Array {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = float16BitsToFloat32Bits(source[i]!);
  return target;
}

export function float32ToFloat16(source: Float32Array, target = new Uint16Array(source.length)): Uint16Array {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let i = 0; i < bits.length; i++) target[i] = float32BitsToFloat16Bits(bits[i]!);
  return target;
}

export function bfloat16ToFloat32(source: Uint16Array, target = new Float32Array(source.length)): Float32Array {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = source[i]! << 16;
  return target;
}

export function float32ToBfloat16(source: Float32Array, target = new Uint16Array(source.length)): Uint16Array {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let i = 0; i < bits.length; i++) target[i] = float32BitsToBfloat16Bits(bits[i]!);
  return target;
}

export function float16BitsToFloat32Bits(half: number): number {
  const sign = (half & SIGN_16) << 16;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) {
    const quiet = mantissa === 0 ? 0 : 0x0040_0000;
    return (sign | 0x7f80_0000 | quiet | (mantissa << 13)) >>> 0;
  }
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
  if (mantissa === 0) return sign >>> 0;
  // Subnormal: mantissa × 2^-24. Shift its highest bit to the implicit place, one exponent for each step.
  const shift = Math.clz32(mantissa) - 21;
  return (sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13)) >>> 0;
}

export function float32BitsToFloat16Bits(bits: number): number {
  const sign = (bits >>> 16) & SIGN_16;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | INFINITY_16 | QUIET_16 | ((magnitude >> 13) & 0x3ff);
  // 65520 and above round to a power that FP16 does not have.
  if (magnitude >= 0x477f_f000) return sign | INFINITY_16;
  const exponent = magnitude >>> 23;
  if (exponent >= 113) return sign | roundToEven(magnitude - (112 << 23), 13);
  // The least subnormal is 2^-24; half of it and less is 0.
  if (exponent < 102) return sign;
  return sign | roundToEven((magnitude & 0x7f_ffff) | 0x80_0000, 126 - exponent);
}

export function float32BitsToBfloat16Bits(bits: number): number {
  if ((bits & 0x7fff_ffff) > 0x7f80_0000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Drops `shift` low bits, rounding to nearest, ties to even; a carry runs into the exponent, as it should. */
function roundToEven(value: number, shift: number): number {
  const half = 2 ** (shift - 1);
  return (value + half - 1 + ((value >>> shift) & 1)) >>> shift;
}

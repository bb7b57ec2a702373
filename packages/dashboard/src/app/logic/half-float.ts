/** Conversions between 32-bit and 16-bit floats, in bits; rounding is to nearest, ties to even. */

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

function bitsOf(value: number): number {
  FLOAT[0] = value;
  return BITS[0]!;
}

function floatOf(bits: number): number {
  BITS[0] = bits;
  return FLOAT[0]!;
}

export function toHalfBits(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  if (magnitude < 0x3880_0000) {
    // Subnormal: units of 2^-24. Math.round rounds ties up, so even is restored by hand.
    const units = Math.abs(value) * 2 ** 24;
    let rounded = Math.round(units);
    if (rounded - units === 0.5 && rounded % 2 === 1) rounded -= 1;
    return sign | rounded;
  }
  const roundUp = 0x0fff + ((magnitude >>> 13) & 1);
  return sign | ((magnitude + roundUp - 0x3800_0000) >>> 13);
}

export function fromHalfBits(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function toBrainBits(value: number): number {
  const bits = bitsOf(value);
  if ((bits & 0x7fff_ffff) > 0x7f80_0000) return ((bits >>> 16) | 0x40) & 0xffff;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

export function fromBrainBits(brain: number): number {
  return floatOf((brain << 16) >>> 0);
}

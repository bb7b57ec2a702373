import { bfloat16ToFloat32, float16ToFloat32, type Tensor } from '@rangefinder/tensor';

/**
 * The elements of a numeric tensor as numbers (bigints for 64-bit integers). Complex numbers come as pairs; types that
 * JavaScript has no array for (FP8, 4-bit) as their bytes, which must then be equal.
 */
export function numbersOf({ dataType, bytes }: Tensor): ArrayLike<number | bigint> {
  // A copy starts where every typed array may start.
  const buffer = Uint8Array.from(bytes).buffer;
  switch (dataType) {
    case 'FP32':
    case 'COMPLEX64':
      return new Float32Array(buffer);
    case 'FP64':
    case 'COMPLEX128':
      return new Float64Array(buffer);
    case 'FP16':
      return float16ToFloat32(new Uint16Array(buffer));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case 'INT64':
      return new BigInt64Array(buffer);
    case 'UINT64':
      return new BigUint64Array(buffer);
    case 'INT32':
      return new Int32Array(buffer);
    case 'UINT32':
      return new Uint32Array(buffer);
    case 'INT16':
      return new Int16Array(buffer);
    case 'UINT16':
      return new Uint16Array(buffer);
    case 'INT8':
      return new Int8Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}

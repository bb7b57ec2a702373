import { RangefinderError } from '@rangefinder/base';
import type { DataType } from '@rangefinder/tensor';

/** One element with this value, little-endian. Throws MODEL_INVALID for types that have no such number. */
export function paddingElement(dataType: DataType, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  switch (dataType) {
    case 'BOOL':
    case 'UINT8':
      view.setUint8(0, value);
      return bytes.subarray(0, 1);
    case 'INT8':
      view.setInt8(0, value);
      return bytes.subarray(0, 1);
    case 'UINT16':
      view.setUint16(0, value, true);
      return bytes.subarray(0, 2);
    case 'INT16':
      view.setInt16(0, value, true);
      return bytes.subarray(0, 2);
    case 'UINT32':
      view.setUint32(0, value, true);
      return bytes.subarray(0, 4);
    case 'INT32':
      view.setInt32(0, value, true);
      return bytes.subarray(0, 4);
    case 'UINT64':
      view.setBigUint64(0, BigInt(value), true);
      return bytes;
    case 'INT64':
      view.setBigInt64(0, BigInt(value), true);
      return bytes;
    case 'FP32':
      view.setFloat32(0, value, true);
      return bytes.subarray(0, 4);
    case 'FP64':
      view.setFloat64(0, value, true);
      return bytes;
    case 'FP16':
      view.setFloat16(0, value, true);
      return bytes.subarray(0, 2);
    case 'BF16':
      // The upper half of the float32; padding values are small whole numbers, which it holds exactly.
      view.setFloat32(0, value, true);
      return bytes.subarray(2, 4);
    default:
      throw new RangefinderError('MODEL_INVALID', `padding: inputs of type ${dataType} cannot be padded`);
  }
}

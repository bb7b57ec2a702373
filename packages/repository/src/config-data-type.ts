import { DATA_TYPES, isDataType, type DataType } from '@rangefinder/tensor';
import type { ConfigDataType } from './model-config.ts';

/** All names that `data_type` may have, Triton's first by number, then those that only ONNX knows. */
export const CONFIG_DATA_TYPES: readonly ConfigDataType[] = (Object.keys(DATA_TYPES) as DataType[]).map(
  toConfigDataType,
);

/** `FP32` → `TYPE_FP32`; `BYTES` → `TYPE_STRING`. */
export function toConfigDataType(dataType: DataType): ConfigDataType {
  return dataType === 'BYTES' ? 'TYPE_STRING' : `TYPE_${dataType}`;
}

/** `TYPE_FP32` → `FP32`; `TYPE_STRING` → `BYTES`; undefined for what is no type of a configuration. */
export function toProtocolDataType(configDataType: string): DataType | undefined {
  if (configDataType === 'TYPE_STRING') return 'BYTES';
  if (configDataType === 'TYPE_BYTES' || !configDataType.startsWith('TYPE_')) return undefined;
  const name = configDataType.slice('TYPE_'.length);
  return isDataType(name) ? name : undefined;
}

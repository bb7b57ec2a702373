import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DATA_TYPES, type DataType } from '@rangefinder/tensor';
import { CONFIG_DATA_TYPES, toConfigDataType, toProtocolDataType } from '@rangefinder/repository';

test('every data type has a name in configurations, and back', () => {
  for (const dataType of Object.keys(DATA_TYPES) as DataType[]) {
    assert.equal(toProtocolDataType(toConfigDataType(dataType)), dataType);
  }
  assert.equal(toProtocolDataType('TYPE_STRING'), 'BYTES');
  assert.equal(new Set(CONFIG_DATA_TYPES).size, Object.keys(DATA_TYPES).length);
});

test('what is no type of a configuration is undefined', () => {
  for (const name of ['FP32', 'TYPE_BYTES', 'TYPE_INVALID', 'TYPE_', '', 'TYPE_toString', 'type_fp32']) {
    assert.equal(toProtocolDataType(name), undefined, name);
  }
});

import { test } from 'node:test';
import type { Static } from 'typebox';
import type { DeepReadonly } from '@rangefinder/base';
import type { modelConfigSchema, ModelConfig } from '@rangefinder/repository';

type SchemaType = DeepReadonly<Static<typeof modelConfigSchema>>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

test('the schema and the interface describe the same configuration', () => {
  // The compiler is the test: this line does not type-check when either side has a field that the other lacks.
  const same: Same<SchemaType, ModelConfig> = true;
  void same;
});

import type { ModelConfig, ModelInput, ModelOutput, ModelWarmup } from '../model-config.ts';

/** A type of the configuration in which anything may be missing. */
type Written<T> = T extends readonly (infer Item)[]
  ? readonly Written<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Written<T[Key]> }
    : T;

export type WrittenInput = Written<ModelInput>;
export type WrittenOutput = Written<ModelOutput>;
export type WrittenWarmup = Written<ModelWarmup> & { readonly fill?: 'zero' | 'random' };

/** A configuration that fits `writtenConfigSchema`. */
export interface WrittenFields extends Omit<Written<ModelConfig>, 'dynamic_batching' | 'model_warmup'> {
  readonly dynamic_batching?: Written<ModelConfig['dynamic_batching']> | false;
  readonly model_warmup?: readonly WrittenWarmup[];
}

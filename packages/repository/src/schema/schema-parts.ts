import { DEFAULT_LIMITS } from '@rangefinder/base';
import Type, { type TObject, type TObjectOptions, type TProperties } from 'typebox';

/** What a schema states must be the same everywhere, so these are the defaults of the limits and not those of one server. */
export const NAME_CHARACTERS_MAX = DEFAULT_LIMITS.nameCharacters;
export const TENSOR_RANK_MAX = DEFAULT_LIMITS.tensorRank;

/** An object that has the given keys and no others. */
export function closed<P extends TProperties>(properties: P, options: TObjectOptions = {}): TObject<P> {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

import { invalidArgument, quoted } from '@rangefinder/base';

/** `view:feature` in its parts. Throws INVALID_ARGUMENT. */
export function splitFeatureName(name: string, field: string): { readonly view: string; readonly feature: string } {
  const colon = name.indexOf(':');
  if (colon <= 0 || colon === name.length - 1)
    throw invalidArgument(field, `expected view:feature, got ${quoted(name)}`);
  return { view: name.slice(0, colon), feature: name.slice(colon + 1) };
}

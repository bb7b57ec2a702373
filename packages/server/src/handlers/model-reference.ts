import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { ModelServer } from '@rangefinder/serving';

/** A model and perhaps a version, as a caller named them. */
export interface ModelReference {
  readonly name: string;
  /** Empty: the version policy decides. */
  readonly version: string;
}

/** Throws INVALID_ARGUMENT for a name or version that no model can have, so that nothing behind it has to wonder. */
export function modelReference(name: string, version: string, maxCharacters: number): ModelReference {
  if (name.length > maxCharacters) {
    throw invalidArgument('model name', `expected at most ${maxCharacters} characters, got ${name.length}`);
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (!/^[^/\\\u0000-\u001f\u007f]+$/.test(name) || name === '.' || name === '..') {
    throw invalidArgument(
      'model name',
      `expected a name without slashes and control characters, got ${JSON.stringify(name.slice(0, 64))}`,
    );
  }
  if (version !== '' && !/^[0-9]{1,18}$/.test(version)) {
    throw invalidArgument('model version', `expected a whole number, got ${JSON.stringify(version.slice(0, 64))}`);
  }
  return { name, version };
}

/**
 * Refuses early what nobody knows, before a body is read for it. A model that is known but not ready passes: it may be
 * loaded when the request comes to it.
 */
export function requireKnownModel(models: ModelServer, { name, version }: ModelReference): void {
  if (models.isModelReady(name, version)) return;
  try {
    models.metadata(name, version);
  } catch (thrown) {
    if (thrown instanceof RangefinderError && thrown.code !== 'NOT_FOUND') return;
    throw thrown;
  }
}

import type { ModelServer } from '@rangefinder/serving';
import type { ModelReference } from './model-reference.ts';

/** Names of models with a ready version, each once. */
export async function readyModelNames(models: ModelServer): Promise<string[]> {
  return [...new Set((await models.index(true)).map((entry) => entry.name))];
}

/** Throws NOT_FOUND or UNAVAILABLE with why it is not ready; returns when it is. */
export function requireReadyModel(models: ModelServer, { name, version }: ModelReference): void {
  if (!models.isModelReady(name, version)) models.metadata(name, version);
}

import type { ModelOverview } from '../state/api-types.ts';

/** The version asked for; without one, the highest that is ready, else the highest. undefined when the model is unknown. */
export function chooseModel(
  models: readonly ModelOverview[],
  name: string,
  version: string,
): ModelOverview | undefined {
  const versions = models.filter((model) => model.name === name);
  if (version !== '') return versions.find((model) => model.version === version);
  const byHeight = versions.toSorted((a, b) => Number(b.version) - Number(a.version));
  return byHeight.find((model) => model.state === 'READY') ?? byHeight[0];
}

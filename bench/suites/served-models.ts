import { DEFAULT_LIMITS, silentLogger, systemClock } from '@rangefinder/base';
import type { Engine } from '@rangefinder/engines';
import { FolderRepository } from '@rangefinder/repository';
import { DEFAULT_SERVING_OPTIONS, ManagedModelServer } from '@rangefinder/serving';

/** The models of a folder, loaded and served in this process by one engine. */
export async function servedModels(root: string, engine: Engine): Promise<ManagedModelServer> {
  const models = new ManagedModelServer({
    repository: new FolderRepository({ root, limits: DEFAULT_LIMITS, logger: silentLogger, clock: systemClock }),
    engines: new Map([[engine.name, engine]]),
    clock: systemClock,
    logger: silentLogger,
    options: DEFAULT_SERVING_OPTIONS,
  });
  await models.start();
  return models;
}

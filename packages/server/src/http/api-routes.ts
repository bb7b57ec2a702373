import type { ApiOperation } from './api-operation.ts';
import { API_OPERATIONS, type OperationId } from './api-operations.ts';
import type { ApiRoute, RouteHandler } from './api-route.ts';
import { dashboardHandlers } from './routes/dashboard-routes.ts';
import { modelHandlers } from './routes/model-routes.ts';
import { repositoryHandlers } from './routes/repository-routes.ts';
import { featureHandlers } from '../features/feature-handlers.ts';
import { rankingHandlers } from '../ranking/ranking-handlers.ts';
import type { RouteParts } from './routes/route-parts.ts';
import { serverHandlers } from './routes/server-routes.ts';
import { settingsHandlers } from './routes/settings-routes.ts';
import { sharedMemoryHandlers } from './routes/shared-memory-routes.ts';

/** The router's table: every operation of the description with its handler. A missing one does not compile. */
export function apiRoutes(parts: RouteParts): ApiRoute[] {
  const handlers: Readonly<Record<OperationId, RouteHandler>> = {
    ...serverHandlers(parts),
    ...modelHandlers(parts),
    ...repositoryHandlers(parts),
    ...settingsHandlers(parts),
    ...sharedMemoryHandlers(),
    ...rankingHandlers(parts),
    ...featureHandlers(parts),
    ...dashboardHandlers(parts),
  };
  return Object.entries<ApiOperation>(API_OPERATIONS).map(([operationId, { method, path, group }]) => ({
    operationId,
    method,
    path,
    group,
    handle: handlers[operationId as OperationId],
  }));
}

import type { Engine } from '@rangefinder/engines/src/engine.ts'; // plant: no-restricted-imports
import type { Shape } from '../../tensor/src/shape.ts'; // plant: no-restricted-imports
import { createServer } from 'node:http'; // plant: no-restricted-imports

export type Both = [Engine, Shape, number];
export const startedAtMs = Date.now(); // plant: no-restricted-globals
export const create = createServer;

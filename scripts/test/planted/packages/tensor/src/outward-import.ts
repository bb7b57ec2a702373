import type { RangefinderError } from '@rangefinder/base';
import type { ModelServer } from '@rangefinder/serving'; // plant: no-restricted-imports

export type Both = [ModelServer, RangefinderError];

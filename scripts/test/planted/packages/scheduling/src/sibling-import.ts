import type { Engine } from '@rangefinder/engines'; // plant: no-restricted-imports
import type { Tensor } from '@rangefinder/tensor';

export type Both = [Engine, Tensor];

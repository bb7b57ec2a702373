import * as fakes from '@rangefinder/testing'; // plant: no-restricted-imports

export const names = Object.keys(fakes);

import * as fakes from '@rangefinder/testing';

export const names = Object.keys(fakes);

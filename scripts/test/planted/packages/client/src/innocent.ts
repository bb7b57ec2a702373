import { decode } from '@rangefinder/protocol';

export const innocent = decode;

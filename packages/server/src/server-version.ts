import manifest from '../package.json' with { type: 'json' };

/** As the package says it. */
export const SERVER_VERSION: string = manifest.version;
export const SERVER_NAME = 'rangefinder';

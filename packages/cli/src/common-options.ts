import type { ArgumentSpec, OptionSpec } from './command-spec.ts';

export const DEFAULT_URL = 'http://127.0.0.1:8000';

export const MODEL_ARGUMENT: ArgumentSpec = {
  name: 'MODEL',
  required: true,
  summary: 'Name of the model.',
  completion: 'model',
};

/** Of every command. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { flag: '--json', summary: 'One JSON document on standard output, errors included.' },
  { flag: '--verbose', summary: 'Show where an error came from.' },
];

/** Of every command that talks to a server. */
export const SERVER_OPTIONS: readonly OptionSpec[] = [
  {
    flag: '--url',
    short: '-u',
    value: { name: 'URL', completion: 'none' },
    summary: 'The server.',
    defaultText: DEFAULT_URL,
    environment: 'RANGEFINDER_URL',
  },
  {
    flag: '--timeout',
    value: { name: 'SECONDS', completion: 'none' },
    summary: 'Give up when the server has not answered after so long.',
    defaultText: '60',
  },
  ...COMMON_OPTIONS,
];
